"""The last administrator of a kind is gone: two of the other kinds let somebody take over."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from guiju.access.models import Succession
from guiju.access.services.succession import ask_succession
from guiju.accounts.models import Session
from guiju.evidence.models import Entry
from guiju.kernel.errors import NotAllowed, Refused
from guiju.organisations.models import Member, MemberRole, Token
from guiju.organisations.selectors import acting
from guiju.organisations.services.people import add_member
from guiju.organisations.services.roles import grant_role, withdraw_role
from guiju.organisations.services.tokens import create_token
from guiju.organisations.tests.factories import AT, Group, join, sign_in
from guiju.work.models import Approval
from guiju.work.services.approvals import decide_approval

LATER = AT + timedelta(hours=1)


@pytest.fixture
def audit(group: Group) -> Member:
    with acting(group.system_admin):
        return Member.objects.select_related("user", "entity").get(user__username="shenji")


def ask(group: Group, actor: Member, code: str = "security_admin", successor: Member | None = None) -> Approval:
    with acting(actor):
        made = ask_succession(
            code=code, successor=successor or group.compliance, reason="已经离职，联系不上", actor=actor, at=LATER
        )
        return Approval.objects.get(subject_id=made.pk)


def decide(approval: Approval, actor: Member, *, allows: bool = True) -> Approval:
    with acting(actor):
        return decide_approval(approval_id=approval.pk, allows=allows, note="不同意", actor=actor, at=LATER)


def roles(group: Group, member: Member) -> set[str]:
    with acting(group.system_admin):
        return set(MemberRole.objects.filter(member=member, ended_at=None).values_list("role_id", flat=True))


def test_two_of_the_others_put_somebody_in_and_what_was_before_ends(
    group: Group, audit: Member, client: Client
) -> None:
    with acting(group.security_admin):
        create_token(member=group.security_admin, name="x", days=1, at=AT)
    sign_in(client, "anquan")
    decide(ask(group, group.system_admin), audit)
    assert roles(group, group.compliance) == {"security_admin"}
    assert roles(group, group.security_admin) == set()
    assert not Session.objects.filter(user_id=group.security_admin.user_id).exists()
    with acting(group.system_admin):
        assert not Token.objects.filter(user=group.security_admin.user, revoked_at=None).exists()
        assert Succession.objects.get().done_at == LATER
        assert Entry.objects.filter(action="access.allow_succession").exists()


def test_the_asker_and_their_kind_do_not_decide_and_nor_does_the_kind_that_is_replaced(
    group: Group, audit: Member
) -> None:
    second = join(group.headquarters, "system_admin", "xitong.er", group.system_admin, group.security_admin)
    approval = ask(group, group.system_admin)
    with pytest.raises(Refused, match="申请人不能审批"):
        decide(approval, group.system_admin)
    with pytest.raises(Refused, match="要由审计管理员同意"):
        decide(approval, second)
    with pytest.raises(Refused, match="要由审计管理员同意"):
        decide(approval, group.security_admin)
    with pytest.raises(NotAllowed):
        decide(approval, group.compliance)
    assert roles(group, group.security_admin) == {"security_admin"}


def test_who_is_still_there_refuses(group: Group, audit: Member) -> None:
    approval = ask(group, group.system_admin)
    decide(approval, group.security_admin, allows=False)
    with pytest.raises(Refused, match="不用再审批"):
        decide(approval, audit)
    with acting(audit):
        assert Succession.objects.get().refused_at == LATER


def test_what_will_not_do_is_told(group: Group, audit: Member) -> None:
    with pytest.raises(Refused, match="您就是系统管理员"):
        ask(group, group.system_admin, "system_admin")
    for successor, sentence in (
        (audit, "不能由一人兼任"),
        (group.system_admin, "申请人或原来的人"),
        (group.security_admin, "申请人或原来的人"),
        (group.sales_a, "同一家公司"),
    ):
        with pytest.raises(Refused, match=sentence):
            ask(group, group.system_admin, successor=successor)
    for actor in (group.compliance, group.sales_a):
        with pytest.raises(NotAllowed):
            ask(group, actor, "security_admin", group.compliance)


def test_while_there_are_two_the_other_one_acts(group: Group, audit: Member) -> None:
    second = join(group.headquarters, "security_admin", "anquan.er", group.system_admin, group.security_admin)
    with pytest.raises(Refused, match=f"还有.*{second.user.name}"):
        ask(group, group.system_admin)


def test_the_page_asks_and_the_work_list_decides(group: Group, audit: Member, client: Client) -> None:
    sign_in(client, "xitong")
    form = {"role": "security_admin", "successor": str(group.compliance.pk), "reason": "已经离职，联系不上"}
    page = client.post("/access/administrators/replace/", form, follow=True).content.decode()
    assert "已申请" in page and "hegui接任安全管理员，原来是安小全" in page
    sign_in(client, "shenji")
    assert "hegui接任安全管理员" in client.get("/tasks/").content.decode()
    wrong = client.post("/access/administrators/replace/", {**form, "role": "audit_admin", "reason": "x"})
    assert wrong.status_code == 422


def test_who_is_an_administrator_in_another_company_takes_nothing_over(group: Group, audit: Member) -> None:
    elsewhere = join(group.company_b, "system_admin", "xitong.b", group.system_admin, group.security_admin)
    with acting(group.system_admin):
        here = add_member(company=group.headquarters, user=elsewhere.user, actor=group.system_admin, at=AT)
    with pytest.raises(Refused, match="不能由一人兼任"):
        ask(group, group.system_admin, successor=here)


def test_roles_in_another_company_end_as_well(group: Group, audit: Member) -> None:
    with acting(group.system_admin):
        there = add_member(company=group.company_b, user=group.compliance.user, actor=group.system_admin, at=AT)
    with acting(group.security_admin):
        grant_role(member=there, code="sales", actor=group.security_admin, at=AT)
    decide(ask(group, group.system_admin), audit)
    assert (roles(group, group.compliance), roles(group, there)) == ({"security_admin"}, set())


def test_an_asker_who_is_dismissed_meanwhile_counts_no_more(group: Group, audit: Member) -> None:
    second = join(group.headquarters, "system_admin", "xitong.er", group.system_admin, group.security_admin)
    approval = ask(group, second)
    with acting(group.security_admin):
        withdraw_role(member=second, code="system_admin", actor=group.security_admin, at=LATER)
    with pytest.raises(Refused, match="已不是管理员"):
        decide(approval, audit)
