"""The log as everybody may read it: C2SP tlog-tiles under /log/ (公开的日志摘要).

Checkpoints and hash tiles are public; they say nothing of what was recorded.
"""

from __future__ import annotations

from uuid import UUID

from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from guiju.evidence.models import Checkpoint
from guiju.evidence.nodes import KeptNodes
from guiju.evidence.selectors.log import standing_of
from guiju.evidence.tiles import tile_number
from guiju.kernel.evidence.tree import WIDTH

_FOR_EVER = "public, max-age=31536000, immutable"


@require_safe
def log_checkpoint(request: HttpRequest) -> HttpResponse:
    newest = Checkpoint.objects.order_by("-size").values_list("note", flat=True).first()
    if newest is None:
        raise Http404("nothing was signed yet")
    answer = HttpResponse(newest, content_type="text/plain; charset=utf-8")
    answer["Cache-Control"] = "no-cache"
    return answer


@require_safe
def log_tile(request: HttpRequest, level: int, number: str) -> HttpResponse:
    try:
        index, width = tile_number(number)
    except ValueError:
        raise Http404("no such tile") from None
    size = Checkpoint.objects.order_by("-size").values_list("size", flat=True).first() or 0
    if level > 7 or index * WIDTH + width > size >> 8 * level:
        raise Http404("the log has no such tile yet")
    connection.ensure_connection()
    assert connection.connection is not None
    hashes = KeptNodes(connection.connection).read(level, index * WIDTH, width)
    answer = HttpResponse(b"".join(hashes), content_type="application/octet-stream")
    answer["Cache-Control"] = _FOR_EVER
    return answer


@require_safe
def public_proof(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """核对存证证明: whether an entry stands in the log, for whoever has its certificate in hand.

    Says digests and moments only: what was recorded stands on the sheet, which the reader has.
    """
    standing = standing_of(entry_id)
    context = {"standing": standing, "is_known": standing.index is not None}
    return render(request, "evidence/public_proof.html", context, status=200 if context["is_known"] else 404)
