"""Reads of words that are used again, and what is put into their places (常用语)."""

from __future__ import annotations

from uuid import UUID

from guiju.complaints.clocks import SETTLE
from guiju.complaints.models import Complaint, Snippet
from guiju.deadlines.models import Duty
from guiju.deadlines.selectors.duties import RUNNING, due_words
from guiju.keys.values import sealed_values

PLACES = ("编号", "公司", "称呼", "期限", "产品", "订单号")


def snippets_of(entity_id: UUID) -> list[Snippet]:
    return list(Snippet.objects.filter(entity_id=entity_id, ended_at=None).order_by("title"))


def filled(snippet: Snippet, case: Complaint) -> str:
    """Its words for one case."""
    duty = Duty.objects.filter(subject_id=case.pk, kind=SETTLE.kind, state__in=RUNNING).first()
    values = {
        "编号": case.number,
        "公司": case.entity.name,
        "称呼": str(sealed_values(case, "sealed").get("name", "")) or "您",
        "期限": due_words(duty) if duty is not None else "尽快",
        "产品": case.product.name if case.product is not None else case.product_said or "产品",
        "订单号": case.order_no or "（没有订单号）",
    }
    text = snippet.text
    for place in PLACES:
        text = text.replace(f"{{{place}}}", values[place])
    return text
