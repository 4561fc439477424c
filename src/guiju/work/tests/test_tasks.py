"""Tasks: given, taken, handed over, late (待办)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from guiju.accounts.origin import Origin
from guiju.accounts.services.leaving import end_member
from guiju.database.scope import scope
from guiju.deadlines.services.feeds import open_feed
from guiju.evidence.selectors import history_of
from guiju.evidence.services import Act
from guiju.kernel.errors import NotAllowed, Refused
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, join, sign_in
from guiju.work.models import Task
from guiju.work.registry import TASKS, TaskKind, register_task
from guiju.work.selectors import tasks_for
from guiju.work.services.tasks import NewTask, escalate_overdue, give_task, hand_over_task, take_task

KIND = "tests.task"


@pytest.fixture(autouse=True)
def kind() -> Iterator[None]:
    register_task(TaskKind(KIND, "试", lambda task: "/", ("work.oversee", "review.oversee"), timedelta(days=2)))
    yield
    del TASKS[KIND]


@pytest.fixture
def colleague(group: Group) -> Member:
    return join(group.company_a, "sales", "xiaoshou.a2", group.system_admin, group.security_admin)


def give(group: Group, *, holder: Member | None = None, right: str = "", due_at: datetime | None = None) -> Task:
    with scope(entities={group.company_a.pk}):
        return give_task(
            NewTask(KIND, group.company_a.pk, "回访", holder=holder, right=right, due_at=due_at),
            Act("work.give_task", group.sales_a, AT),
        )


def seen(member: Member) -> list[Task]:
    with acting(member):
        return list(tasks_for(member))


def test_a_task_of_a_right_shows_to_all_who_have_it_until_one_takes_it(group: Group, colleague: Member) -> None:
    task = give(group, right="text.review")
    assert seen(group.sales_a) == seen(colleague) == [task]
    assert seen(group.sales_b) == []
    with acting(colleague):
        take_task(task_id=task.pk, actor=colleague, at=AT)
    assert seen(group.sales_a) == [] and seen(colleague) == [task]
    with acting(group.sales_a), pytest.raises(Refused, match="已经有人领取"):
        take_task(task_id=task.pk, actor=group.sales_a, at=AT)


def test_nobody_takes_what_is_not_theirs_to_do(group: Group) -> None:
    task = give(group, right="own_word.decide")
    with acting(group.sales_a), pytest.raises(NotAllowed, match="不由您的角色办理"):
        take_task(task_id=task.pk, actor=group.sales_a, at=AT)


def test_a_task_is_handed_to_a_colleague_who_may_do_it(group: Group, colleague: Member) -> None:
    task = give(group, holder=group.sales_a)
    with acting(group.sales_a):
        hand_over_task(task_id=task.pk, to=colleague, actor=group.sales_a, at=AT)
        assert [version.action for version in history_of(task)] == ["work.hand_over_task", "work.give_task"]
    assert seen(colleague) == [task]
    with acting(group.sales_a), pytest.raises(NotAllowed):
        hand_over_task(task_id=task.pk, to=group.sales_a, actor=group.sales_a, at=AT)
    with acting(colleague), pytest.raises(Refused, match="同一家公司"):
        hand_over_task(task_id=task.pk, to=group.sales_b, actor=colleague, at=AT)


def test_late_tasks_move_up_step_by_step_however_long_nothing_ran(group: Group) -> None:
    task = give(group, holder=group.sales_a, due_at=AT)
    assert seen(group.compliance) == []
    assert escalate_overdue(at=AT - timedelta(seconds=1)) == 0
    assert escalate_overdue(at=AT) == 1 and escalate_overdue(at=AT) == 0
    assert seen(group.compliance) == [task] and seen(group.security_admin) == [task]
    # Nothing ran for a month: the next start makes up for it at once.
    assert escalate_overdue(at=AT + timedelta(days=30)) == 1
    assert seen(group.sales_a)[0].level == 2


def test_who_leaves_hands_over_what_is_open(group: Group, colleague: Member) -> None:
    task = give(group, holder=group.sales_a)
    with acting(group.system_admin):
        with pytest.raises(Refused, match="手上还有待办1项"):
            end_member(
                member=group.sales_a, successor=None, reason="离职", actor=group.system_admin, origin=Origin(), at=AT
            )
        done = end_member(
            member=group.sales_a,
            successor=colleague,
            reason="离职",
            actor=group.system_admin,
            origin=Origin(),
            at=AT,
        )
    assert done.holdings == (("待办", 1),) and seen(colleague) == [task]


def test_an_unknown_kind_is_a_fault(group: Group) -> None:
    with scope(entities={group.company_a.pk}), pytest.raises(ValueError, match="no such kind"):
        give_task(NewTask("nonsense", group.company_a.pk, "x", right="text.review"), Act("x", None, AT))


def test_the_page_hands_a_task_over(group: Group, colleague: Member, client: Client) -> None:
    task = give(group, holder=group.sales_a)
    sign_in(client, "xiaoshou.a")
    assert "移交" in client.get("/tasks/").content.decode()
    done = client.post(reverse("hand_over_task", args=[task.pk]), {"to": str(colleague.pk)}, follow=True)
    assert "“回访”已交给xiaoshou.a2" in done.content.decode()
    assert client.get(reverse("hand_over_task", args=[task.pk])).status_code == 404


def test_a_task_with_a_day_stands_in_the_calendar_of_what_is_due_and_in_its_feed(group: Group, client: Client) -> None:
    give(group, holder=group.sales_a, due_at=AT + timedelta(days=3))
    sign_in(client, "xiaoshou.a")
    month = client.get(f"{reverse('duty_list')}?view=month&month=2026-11")
    assert "待办：回访" in month.text
    assert "待办：回访" not in client.get(f"{reverse('duty_list')}?view=month&month=2026-11&basis=statutory").text
    with acting(group.sales_a):
        secret = open_feed(has_titles=True, actor=group.sales_a, at=AT)
    assert "SUMMARY:回访" in Client().get(reverse("duty_feed", args=[secret])).content.decode()
