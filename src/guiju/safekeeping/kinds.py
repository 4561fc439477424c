"""What of this part is done through the common mechanism."""

from datetime import timedelta

from django.urls import reverse

from guiju.safekeeping.services import drills
from guiju.safekeeping.services.looking import KIND
from guiju.work.registry import TaskKind, register_task

register_task(
    TaskKind(
        KIND,
        "恢复后的核对",
        lambda task: reverse("look_after_restore", args=[task.pk]),
        escalates_to=("archive.decide",),
        patience=timedelta(days=5),
    )
)

register_task(
    TaskKind(
        drills.KIND,
        "没有通过的恢复演练",
        lambda task: reverse("drill_detail", args=[task.subject_id]),
    )
)
