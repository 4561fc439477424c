"""The papers of this part (投诉的文书)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from django.utils import timezone

from guiju.complaints.models import Complaint, Rectification
from guiju.documents.registry import DocumentTemplate, register_document

AGREEMENT = register_document(
    DocumentTemplate(
        "complaint_agreement",
        "和解协议",
        "投诉双方约定的处理结果，带编号和摘要，双方签字",
        Path(__file__).parent / "typst" / "agreement.typ",
        {
            "consumer": "张㛃女士（手机 138****5678）",
            "number": "TS261129-7K3Q4M8-X2V1",
            "about": "收到的时候外包装破了，里面的也坏了两个",
            "terms": ["退款 268.00 元：原路退回，三日内到账", "赔偿 50.00 元：作为运费和误工的补偿"],
            "agreed": "乙方于2026年11月29日表示同意：消费者在进度页上同意。",
        },
    )
)
RECTIFICATION = register_document(
    DocumentTemplate(
        "rectification",
        "整改任务单",
        "投诉超过门槛时开出：为什么、投诉清单、方案、措施、证明，有签字的地方",
        Path(__file__).parent / "typst" / "rectification.typ",
        {
            "title": "整改任务单",
            "facts": [
                ["编号", "ZG261129-7K3Q4M8-X2V1"],
                ["原因", "产品质量 / 包装破损"],
                ["为什么开出", "占比超过门槛：近30天32件，共100件"],
                ["负责的部门", "包装部"],
                ["期限", "12月14日"],
                ["整改方案", "换五层瓦楞纸箱，四角加护角"],
                ["已采取的措施", ""],
                ["证明", ""],
            ],
            "columns": ["投诉编号", "收到", "状态"],
            "widths": [3, 2, 2],
            "rows": [["TS261128-7K3Q4M8-X2V1", "2026-11-28", "已受理，办理中"]] * 3,
            "more": "",
        },
    )
)


def paper_of(
    found: Rectification, cause: str, texts: Mapping[str, Any], due: str, cases: Iterable[Complaint]
) -> dict[str, Any]:
    """A task as it is printed: no complainant stands on it."""
    figures = found.figures
    why = f"{found.get_ground_display()}：近{figures['days']}天{figures['count']}件，共{figures['total']}件"
    rows = [[one.number, f"{timezone.localtime(one.received_at):%Y-%m-%d}", one.get_state_display()] for one in cases]
    left = len(found.cases) - len(rows)
    return {
        "title": "整改任务单",
        "facts": [
            ["编号", found.number],
            ["原因", cause],
            ["为什么开出", why],
            ["负责的部门", found.department.name if found.department else "合规专员"],
            ["负责人", found.holder.user.name if found.holder else ""],
            ["期限", due],
            ["整改方案", texts["plan"]],
            ["已采取的措施", texts["measures"]],
            ["证明", texts["proof"]],
        ],
        "columns": ["投诉编号", "收到", "状态"],
        "widths": [3, 2, 2],
        "rows": rows,
        "more": f"另有{left}件没有列出。" if left > 0 else "",
    }
