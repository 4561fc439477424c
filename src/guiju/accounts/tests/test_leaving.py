"""Somebody leaves: everything ends at once and what they held goes on (离职交接)."""

from __future__ import annotations

import pytest
from django.test import Client

from guiju.accounts.origin import Origin
from guiju.accounts.services.leaving import end_member
from guiju.database.scope import scope
from guiju.evidence.models import Entry
from guiju.kernel.errors import NotAllowed, Refused
from guiju.organisations.models import Department, Member
from guiju.organisations.selectors import acting
from guiju.organisations.services.people import add_member
from guiju.organisations.services.tokens import create_token, member_of_token
from guiju.organisations.tests.factories import AT, PASSWORD, Group, join, sign_in


@pytest.fixture
def colleague(group: Group) -> Member:
    return join(group.company_a, "sales", "xiaoshou.a2", group.system_admin, group.security_admin)


def leave(group: Group, member: Member, successor: Member | None = None, reason: str = "离职"):
    with acting(group.system_admin):
        return end_member(
            member=member, successor=successor, reason=reason, actor=group.system_admin, origin=Origin(), at=AT
        )


def test_sessions_tokens_and_roles_end_at_once(group: Group, client: Client) -> None:
    client.post("/sign-in/", {"username": "xiaoshou.a", "password": PASSWORD})
    with acting(group.sales_a):
        token = create_token(member=group.sales_a, name="x", days=1, at=AT)
    done = leave(group, group.sales_a)
    assert (done.roles, done.tokens, done.sessions, done.is_active) == (1, 1, 1, False)
    assert client.get("/companies/").status_code == 302
    with pytest.raises(NotAllowed):
        member_of_token(token, at=AT)
    assert client.post("/sign-in/", {"username": "xiaoshou.a", "password": PASSWORD}).status_code == 401


def test_what_is_in_hand_needs_a_successor_and_goes_to_them(group: Group, colleague: Member) -> None:
    with scope(entities={group.company_a.pk}):
        sales = Department.objects.create(entity=group.company_a, name="销售部", head=group.sales_a)
    with pytest.raises(Refused, match="手上还有部门负责人1项：请选择接手人"):
        leave(group, group.sales_a)
    assert leave(group, group.sales_a, colleague).holdings == (("部门负责人", 1),)
    with scope(entities={group.company_a.pk}):
        sales.refresh_from_db()
        [entry] = Entry.objects.filter(action="accounts.end_member")
        kinds = list(entry.revisions.order_by("position").values_list("subject_type", flat=True))
    assert sales.head_id == colleague.pk
    # One step, one entry: what ended and what changed hands stands in it together.
    assert (entry.subject_id, entry.count) == (group.sales_a.pk, 3)
    assert kinds == ["organisations.department", "organisations.member", "organisations.memberrole"]


def test_who_works_elsewhere_too_stays_there(group: Group, client: Client) -> None:
    with acting(group.system_admin):
        other = add_member(
            company=group.company_b, user=group.sales_a.user, actor=group.system_admin, at=AT, title="顾问"
        )
    assert leave(group, group.sales_a).is_active
    sign_in(client, "xiaoshou.a")
    client.get("/")
    with acting(other):
        assert Member.objects.get(pk=other.pk).left_at is None


@pytest.mark.parametrize(("who", "words"), [("security_admin", "最后一个安全管理员"), ("system_admin", "自己的离职")])
def test_the_last_administrator_and_oneself_stay(group: Group, who: str, words: str) -> None:
    with pytest.raises(Refused, match=words):
        leave(group, getattr(group, who))


def test_a_successor_works_in_the_same_company(group: Group) -> None:
    with pytest.raises(Refused, match="同一家公司"):
        leave(group, group.sales_a, group.sales_b)


def test_a_reason_is_asked_for_and_nobody_leaves_twice(group: Group) -> None:
    with pytest.raises(Refused, match="请写明原因"):
        leave(group, group.sales_a, reason="  ")
    leave(group, group.sales_a)
    with pytest.raises(Refused, match="已经离开"):
        leave(group, group.sales_a)


def test_the_page_tells_what_ended(group: Group, client: Client, colleague: Member) -> None:
    sign_in(client, "xitong")
    page = client.get(f"/people/{group.sales_a.pk}/leave/").content.decode()
    assert "手上没有要交接的事项" in page and "xiaoshou.a2" in page and group.sales_b.user.name not in page
    done = client.post(f"/people/{group.sales_a.pk}/leave/", {"reason": "离职", "successor": ""}, follow=True)
    assert "收回1个角色" in done.content.decode() and "已离开" in done.content.decode()
    assert "xiaoshou.a<" not in client.get("/people/").content.decode()
    assert "xiaoshou.a<" in client.get("/people/?left=1").content.decode()
