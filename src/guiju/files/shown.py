"""How the content of a file goes out (下载)."""

from __future__ import annotations

from django.http import StreamingHttpResponse

from guiju.files.models import Attachment
from guiju.files.sealing import Content
from guiju.web.tables import attachment

SANDBOX = "sandbox; default-src 'none'; frame-ancestors 'none'"
"""Whatever a file holds, a browser that shows it runs nothing of it and tells it nothing."""


def file_answer(row: Attachment, content: Content) -> StreamingHttpResponse:
    """A download that no browser shows in place, takes for something else, or lets run."""
    answer = StreamingHttpResponse(content, content_type=row.media_type)
    answer["Content-Disposition"] = attachment(row.name)
    answer["Content-Length"] = str(row.size)
    # Said, so that nobody packs it once more on the way: the length stays known, and with it how far one is.
    answer["Content-Encoding"] = "identity"
    answer["Content-Security-Policy"] = SANDBOX
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "no-store"
    return answer
