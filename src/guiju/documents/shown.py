"""Documents as answers of a page."""

from __future__ import annotations

from django.http import HttpResponse

from guiju.documents.typesetting import Printed
from guiju.web.tables import attachment


def pdf_answer(name: str, printed: Printed) -> HttpResponse:
    """The PDF, shown in the browser; letters that no font has are named in a header for programs."""
    answer = HttpResponse(printed.content, content_type="application/pdf")
    answer["Content-Disposition"] = attachment(name).replace("attachment", "inline", 1)
    if printed.missing:
        answer["X-Missing-Letters"] = " ".join(f"U+{ord(one):04X}" for one in printed.missing)
    return answer
