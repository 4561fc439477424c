"""Requests are decided by others: never by who asks, n of m, in time (审批)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from guiju.database.models import new_id
from guiju.kernel.errors import NotAllowed, Refused
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.services.people import add_member
from guiju.organisations.services.roles import grant_role
from guiju.organisations.services.substitutes import Absence, name_substitute
from guiju.organisations.tests.factories import AT, Group, join, sign_in
from guiju.work import selectors
from guiju.work.models import Approval
from guiju.work.registry import APPROVALS, ApprovalKind, register_approval
from guiju.work.services.approvals import ask_approval, decide_approval, expire_approvals, withdraw_approval

KIND = "tests.two_of_them"


@pytest.fixture(autouse=True)
def followed() -> Iterator[list[str]]:
    """A kind of which two have to agree; what followed from it."""
    said: list[str] = []
    register_approval(
        ApprovalKind(
            KIND,
            "试",
            "own_word.decide",
            2,
            timedelta(hours=24),
            lambda approval, actor, at: said.append("allowed"),
            lambda approval, actor, at: said.append("refused"),
        )
    )
    yield said
    del APPROVALS[KIND]


@pytest.fixture
def lawyers(group: Group) -> list[Member]:
    return [
        join(group.headquarters, "legal", f"fawu.{number}", group.system_admin, group.security_admin)
        for number in range(3)
    ]


def ask(actor: Member, reason: str = "客户等着") -> Approval:
    with acting(actor):
        return ask_approval(
            kind=KIND, subject_id=new_id(), entity_id=actor.entity_id, title="一件事", reason=reason, actor=actor, at=AT
        )


def decide(approval: Approval, actor: Member, *, allows: bool = True, note: str = "", at=AT) -> Approval:
    with acting(actor):
        return decide_approval(approval_id=approval.pk, allows=allows, note=note, actor=actor, at=at)


def test_it_follows_when_as_many_as_needed_agree(group: Group, lawyers: list[Member], followed: list[str]) -> None:
    approval = ask(group.sales_a)
    assert decide(approval, lawyers[0]).state == "open" and not followed
    with pytest.raises(Refused, match="您已经审批过"):
        decide(approval, lawyers[0])
    assert decide(approval, lawyers[1]).state == "allowed" and followed == ["allowed"]
    with pytest.raises(Refused, match="已同意"):
        decide(approval, lawyers[2])


def test_one_refusal_ends_it_and_has_a_reason(group: Group, lawyers: list[Member], followed: list[str]) -> None:
    approval = ask(group.sales_a)
    with pytest.raises(Refused, match="请写明原因"):
        decide(approval, lawyers[0], allows=False)
    assert decide(approval, lawyers[0], allows=False, note="没有合同").state == "refused"
    assert followed == ["refused"]


def test_who_asks_never_decides(group: Group, lawyers: list[Member]) -> None:
    approval = ask(lawyers[0])
    with pytest.raises(Refused, match="不能审批自己"):
        decide(approval, lawyers[0])


def test_not_as_a_substitute_either(group: Group, lawyers: list[Member]) -> None:
    """A lawyer is away, and the one who asked stands in for them."""
    clerk = join(group.headquarters, "service", "kefu", group.system_admin, group.security_admin)
    approval = ask(clerk)
    today = timezone.localdate()
    with acting(lawyers[0]):
        name_substitute(
            member=lawyers[0],
            substitute=clerk,
            absence=Absence(today, today, "年假"),
            actor=lawyers[0],
            at=timezone.now(),
        )
    clerk.__dict__.pop("_rights", None)
    with pytest.raises(Refused, match="代理别人的时候也不能"):
        decide(approval, clerk)


def test_not_with_a_second_job_either(group: Group, lawyers: list[Member]) -> None:
    approval = ask(group.sales_a)
    with acting(group.system_admin):
        second = add_member(company=group.headquarters, user=group.sales_a.user, actor=group.system_admin, at=AT)
    with acting(group.security_admin):
        grant_role(member=second, code="legal", actor=group.security_admin, at=AT)
    with pytest.raises(Refused, match="不能审批自己"):
        decide(approval, second)


def test_who_lacks_the_right_does_not_decide(group: Group) -> None:
    with pytest.raises(NotAllowed):
        decide(ask(group.sales_a), group.compliance)


def test_only_the_asker_takes_it_back_and_only_while_it_is_open(
    group: Group, lawyers: list[Member], followed: list[str]
) -> None:
    approval = ask(group.sales_a)
    with acting(lawyers[0]), pytest.raises(NotAllowed, match="只有申请人"):
        withdraw_approval(approval_id=approval.pk, actor=lawyers[0], at=AT)
    with acting(group.sales_a):
        assert withdraw_approval(approval_id=approval.pk, actor=group.sales_a, at=AT).state == "withdrawn"
    with pytest.raises(Refused, match="已撤回"):
        decide(approval, lawyers[0])
    assert followed == ["refused"]


def test_what_nobody_decides_lapses_at_its_moment(group: Group, lawyers: list[Member], followed: list[str]) -> None:
    approval = ask(group.sales_a)
    late = AT + timedelta(hours=24)
    with pytest.raises(Refused, match="已过期"):
        decide(approval, lawyers[0], at=late)
    assert expire_approvals(at=late - timedelta(seconds=1)) == 0
    assert expire_approvals(at=late) == 1 and expire_approvals(at=late) == 0
    assert followed == ["refused"]


@pytest.mark.parametrize("reason", ["", "急"])
def test_a_request_says_why(group: Group, reason: str) -> None:
    with pytest.raises(Refused, match="请写明理由"):
        ask(group.sales_a, reason)


def test_what_waits_is_shown_to_who_may_decide_and_not_twice(group: Group, lawyers: list[Member]) -> None:
    approval = ask(group.sales_a)

    def waiting(member: Member) -> list[Approval]:
        with acting(member):
            return list(selectors.approvals_waiting_for(member, at=AT))

    assert waiting(lawyers[0]) == [approval] and waiting(group.compliance) == [] == waiting(group.sales_a)
    decide(approval, lawyers[0])
    assert waiting(lawyers[0]) == [] and waiting(lawyers[1]) == [approval]


def test_the_page_shows_and_decides(group: Group, lawyers: list[Member], client: Client) -> None:
    with acting(group.sales_a):
        approval = ask_approval(
            kind=KIND,
            subject_id=new_id(),
            entity_id=group.company_a.pk,
            title="一件事",
            reason="客户等着",
            actor=group.sales_a,
            at=timezone.now(),
        )
    assert "待审批" in sign_in(client, "xiaoshou.a").get("/tasks/").content.decode()
    page = sign_in(client, "fawu.0").get("/tasks/").content.decode()
    assert "一件事" in page and "客户等着" in page
    assert "待办与审批" in client.get("/").content.decode()
    address = f"/tasks/approvals/{approval.pk}/decide/"
    assert "还要另一个人同意" in client.post(address, {"decision": "allow"}, follow=True).content.decode()
    done = sign_in(client, "fawu.1").post(address, {"decision": "refuse", "note": "不合适"}, follow=True)
    assert "“一件事”未同意" in done.content.decode()
    assert "不同意：不合适" in sign_in(client, "xiaoshou.a").get("/tasks/").content.decode()
