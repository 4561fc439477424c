"""What of this part is done through the common mechanism."""

from datetime import timedelta

from django.urls import reverse

from guiju.customers.services.import_undo import KIND
from guiju.work.registry import TaskKind, register_task

register_task(
    TaskKind(
        KIND,
        "撤销导入后的删除",
        lambda task: reverse("customer_import", args=[task.subject_id]),
        escalates_to=("archive.decide",),
        patience=timedelta(days=5),
    )
)
