"""What of this part is done through the common mechanism."""

from datetime import timedelta

from django.urls import reverse

from guiju.archives.selectors import address_of
from guiju.customers.services.growing import KIND as GROWS
from guiju.customers.services.growing import allow_to_grow
from guiju.customers.services.import_undo import KIND
from guiju.work.models import Approval
from guiju.work.registry import ApprovalKind, TaskKind, register_approval, register_task

register_task(
    TaskKind(
        KIND,
        "撤销导入后的删除",
        lambda task: reverse("customer_import", args=[task.subject_id]),
        escalates_to=("archive.decide",),
        patience=timedelta(days=5),
    )
)


def _whom(approval: Approval) -> str:
    return address_of(approval.entity_id, approval.subject_id)


register_approval(
    ApprovalKind(GROWS, "未成年人的出生日期", "minor.decide", 1, timedelta(days=7), allow_to_grow, url=_whom)
)
