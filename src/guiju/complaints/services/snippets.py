"""Words that are used again and again (常用语), with places for what differs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from guiju.complaints.models import Snippet
from guiju.complaints.selectors.snippets import PLACES
from guiju.complaints.services.intake import one_line, words_for
from guiju.database.models import new_id
from guiju.database.scope import scope_with
from guiju.evidence.services import Act, record
from guiju.kernel.errors import Missing, Refused
from guiju.organisations.models import Member
from guiju.organisations.permissions import require

LONGEST_TITLE, LONGEST = 60, 2000
_PLACE = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True)
class Words:
    title: str
    text: str


@transaction.atomic
def put_snippet(*, words: Words, actor: Member, at: datetime, snippet_id: UUID | None = None) -> Snippet:
    """Add words that are used again, or change them (设定常用语)."""
    require(actor, "complaint.assign", on=actor.entity_id)
    title = one_line(words.title, LONGEST_TITLE, "title", "名称")
    if not title:
        raise Refused("title_empty", "请填写名称", field="title")
    text = words_for("text", words.text, "请填写内容")
    if len(text) > LONGEST:
        raise Refused("text_long", f"有{len(text)}个字，最多{LONGEST}个", field="text")
    odd = next((one for one in _PLACE.findall(text) if one not in PLACES), None)
    if odd is not None:
        known = "、".join(f"{{{one}}}" for one in PLACES)
        raise Refused("place_unknown", f"“{{{odd}}}”填不了：可以写 {known}", field="text")
    with scope_with(actor.entity_id):
        made = _known(snippet_id, actor) if snippet_id else Snippet(id=new_id(), entity_id=actor.entity_id)
        others = Snippet.objects.filter(entity_id=actor.entity_id, title=title, ended_at=None).exclude(pk=made.pk)
        if others.exists():
            raise Refused("title_there", f"已经有叫“{title}”的常用语", field="title")
        made.title, made.text, made.changed_at = title, text, at
        made.save()
        record(Act("complaints.put_snippet", actor, at), entity_id=made.entity_id, subject=made)
    return made


@transaction.atomic
def end_snippet(*, snippet_id: UUID, actor: Member, at: datetime) -> Snippet:
    """Take words out of use (停用常用语)."""
    require(actor, "complaint.assign", on=actor.entity_id)
    with scope_with(actor.entity_id):
        made = _known(snippet_id, actor)
        made.ended_at = at
        made.save(update_fields=["ended_at"])
        record(Act("complaints.end_snippet", actor, at), entity_id=made.entity_id, subject=made)
    return made


def _known(snippet_id: UUID, actor: Member) -> Snippet:
    rows = Snippet.objects.select_for_update(of=("self",)).filter(entity_id=actor.entity_id, ended_at=None)
    found = rows.filter(pk=snippet_id).first()
    if found is None:
        raise Missing("snippet_missing", "没有这条常用语，或已停用")
    return found
