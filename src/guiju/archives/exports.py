"""What is printed: the register of a disposal, and the proof for a person (销毁登记, 删除证明)."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from guiju.archives.models import Disposal, DisposalItem
from guiju.archives.selectors import counts_in_words, field_labels
from guiju.evidence.selectors import digest_of
from guiju.organisations.models import Entity

WAYS = (
    "对处理有异议的，可以与我公司联系，也可以向履行个人信息保护职责的部门投诉、举报。本证明不含被删除的内容；"
    "存证日志里只留下摘要，不能由此得出原来的内容。"
)


def _moment(at: Any) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}" if at else "—"


def register_data(disposal: Disposal) -> dict[str, Any]:
    """A disposal as the register says it."""
    rows = [["依据", f"个人信息保护法第四十七条：{disposal.get_basis_display()}"], ["理由", disposal.reason]]
    rows += [["提出", f"{disposal.proposed_by.name}，{_moment(disposal.proposed_at)}"]]
    decided = f"{disposal.decided_by.name}，{_moment(disposal.decided_at)}" if disposal.decided_by else "—"
    rows += [["审批", decided], ["状态", disposal.get_state_display()], ["销毁时间", _moment(disposal.done_at)]]
    rows += [["涉及", f"{disposal.things}项"]]
    rows += [[f"销毁：{label}", f"{count}份"] for label, count in counts_in_words(disposal)]
    rows += [["保留", f"{one['count']}份：{one['why']}"] for one in disposal.kept]
    entry = digest_of(disposal)
    rows += [["存证条目", str(entry[0]) if entry else "—"]]
    return {"title": "销毁登记", "note": str(disposal.pk), "columns": ["项目", "内容"], "widths": [1, 3], "rows": rows}


def proof_data(item: DisposalItem, company: Entity) -> dict[str, Any]:
    """What a person is told about what was deleted of them: which fields, when, how many copies, which entry."""
    disposal, entry = item.disposal, digest_of(item)
    fields = "、".join(field_labels(item.entity_id, item.fields)) or "全部个人信息"
    facts = [
        ["已删除", fields],
        ["删除时间", _moment(disposal.done_at)],
        ["份数", f"{item.copies}份，连同历次修改的内容"],
        ["依据", f"个人信息保护法第四十七条：{disposal.get_basis_display()}"],
        ["存证条目", str(entry[0]) if entry else "—"],
    ]
    facts += [["依法保留", one["why"]] for one in disposal.kept]
    text = f"{company.name}已删除下列个人信息，由一人提出、另一人批准："
    return {"title": "个人信息删除证明", "to": "信息主体", "text": text, "facts": facts, "ways": WAYS}
