"""What a drill found that began by itself is told to who answers for backups (恢复演练, keep_drill)."""

from __future__ import annotations

from datetime import timedelta

from django.test import Client

from guiju.database.scope import scope
from guiju.organisations.tests.factories import AT, Group, sign_in
from guiju.safekeeping.models import Drill
from guiju.safekeeping.services.drills import KIND, Outcome, keep_drill, last_drill
from guiju.work.models import Task

FAILED = Outcome(AT, 3.0, with_sheets=False, trouble="磁盘不够做演练")
PASSED = Outcome(AT, 60.0, with_sheets=False, full_at=AT, tables=3, rows=9)


def waiting(group: Group) -> list[Task]:
    with scope(entities={group.headquarters.pk}):
        return list(Task.objects.filter(kind=KIND, done_at=None))


def test_one_that_fails_at_night_is_one_task_until_another_passes(group: Group, client: Client) -> None:
    assert last_drill() is None
    made = keep_drill(outcome=FAILED, account="", at=AT, is_automatic=True)
    keep_drill(outcome=FAILED, account="", at=AT + timedelta(days=1), is_automatic=True)
    [task] = waiting(group)
    assert task.subject_id == made.pk and task.right == "backup.read"
    page = sign_in(client, "xitong").get("/tasks/").content.decode()
    assert "自动的恢复演练没有通过" in page and f"/backups/drills/{made.pk}/" in page
    shown = client.get(f"/backups/drills/{made.pk}/").content.decode()
    assert "系统按计划自动进行" in shown and "磁盘不够做演练" in shown
    assert "自动，" in client.get("/backups/").content.decode()

    keep_drill(outcome=PASSED, account="root", at=AT + timedelta(days=2))
    assert waiting(group) == []
    with scope(entities={group.headquarters.pk}):
        done = Task.objects.get(kind=KIND)
        assert (done.outcome, done.done_by) == ("此后的恢复演练通过", None)
        assert list(Drill.objects.order_by("pk").values_list("is_automatic", flat=True)) == [True, True, False]


def test_who_begins_one_sees_how_it_ends_and_gets_no_task(group: Group) -> None:
    keep_drill(outcome=FAILED, account="root", at=AT)
    assert waiting(group) == []
    found = last_drill()
    assert found is not None and not found.passed
