"""A role for an hour: one asks, another allows, a third looks at it after (紧急授权)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from guiju.access.models import EmergencyAccess
from guiju.access.services.emergency import LASTS, ask_emergency_access, review_emergency_access
from guiju.kernel.errors import GuijuError, NotAllowed, Refused
from guiju.organisations.models import Member
from guiju.organisations.permissions import allows
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, join, sign_in
from guiju.work.models import Approval
from guiju.work.services.approvals import decide_approval


def ask(actor: Member, code: str = "legal", reason: str = "法务都在飞机上，合同今天到期", at=None) -> EmergencyAccess:
    with acting(actor):
        return ask_emergency_access(code=code, reason=reason, actor=actor, at=at or timezone.now())


def allow(found: EmergencyAccess, actor: Member, *, yes: bool = True, at=None) -> None:
    with acting(actor):
        approval = Approval.objects.get(subject_id=found.pk)
        decide_approval(approval_id=approval.pk, allows=yes, note="情况属实", actor=actor, at=at or timezone.now())


def may_decide_words(group: Group) -> bool:
    member = Member.objects.select_related("user", "entity").get(pk=group.sales_a.pk)
    return allows(member, "own_word.decide", on=group.company_a.pk)


def test_the_role_counts_for_an_hour_from_when_another_person_allows_it(group: Group) -> None:
    found = ask(group.sales_a)
    with acting(group.sales_a):
        assert not may_decide_words(group)
    allow(found, group.security_admin)
    with acting(group.sales_a):
        assert may_decide_words(group)


def test_it_ends_by_itself(group: Group) -> None:
    earlier = timezone.now() - LASTS - timedelta(minutes=1)
    allow(ask(group.sales_a, at=earlier), group.security_admin, at=earlier)
    with acting(group.sales_a):
        assert not may_decide_words(group)
    # And can be asked for again.
    allow(ask(group.sales_a), group.security_admin)


def test_nobody_allows_it_to_themselves(group: Group) -> None:
    found = ask(group.compliance)
    with pytest.raises(Refused, match="不能审批自己"):
        allow(found, group.compliance)


@pytest.mark.parametrize(
    ("code", "reason", "words"),
    [
        ("system_admin", "够长的理由", "不能紧急授予"),
        ("sales", "够长的理由", "已经有“销售”"),
        ("nonsense", "够长的理由", "没有这个角色"),
        ("legal", "急", "请写明理由"),
    ],
)
def test_what_cannot_be_asked_for_is_told(group: Group, code: str, reason: str, words: str) -> None:
    with pytest.raises(GuijuError, match=words):
        ask(group.sales_a, code, reason)


def test_administrators_do_not_ask(group: Group) -> None:
    with pytest.raises(NotAllowed):
        ask(group.system_admin)


def test_a_refusal_gives_nothing(group: Group) -> None:
    allow(ask(group.sales_a), group.security_admin, yes=False)
    with acting(group.sales_a):
        assert not may_decide_words(group)
        assert EmergencyAccess.objects.get().refused_at


def test_a_third_person_looks_at_it_after_it_ended(group: Group) -> None:
    found = ask(group.sales_a, at=AT)
    allow(found, group.compliance, at=AT)

    def review(actor: Member, finding: str = "只看了那份合同", at=AT + LASTS) -> None:
        with acting(actor):
            review_emergency_access(access_id=found.pk, finding=finding, actor=actor, at=at)

    with acting(group.system_admin):
        audit = Member.objects.select_related("user", "entity").get(user__username="shenji")
    with pytest.raises(Refused, match="批准的人不能复核"):
        review(group.compliance)
    with pytest.raises(Refused, match="还没有到期"):
        review(audit, at=AT + timedelta(minutes=59))
    with pytest.raises(Refused, match="请写明复核的结果"):
        review(audit, finding=" ")
    review(audit)
    with pytest.raises(Refused, match="已经复核"):
        review(audit)


def test_it_stays_on_the_dashboard_until_it_is_reviewed(group: Group, client: Client) -> None:
    earlier = timezone.now() - LASTS - timedelta(minutes=1)
    found = ask(group.sales_a, at=earlier)
    allow(found, group.security_admin, at=earlier)
    for username in ("shenji", "hegui", "xiaoshou.a", "anquan"):
        assert "还没有复核" in sign_in(client, username).get("/").content.decode(), username
    assert "还没有复核" not in sign_in(client, "xiaoshou.b").get("/").content.decode()
    address = f"/access/emergency/{found.pk}/review/"
    done = sign_in(client, "shenji").post(address, {"finding": "只看了那份合同"}, follow=True).content.decode()
    assert "已复核" in done and "只看了那份合同" in done
    assert "还没有复核" not in client.get("/").content.decode()


def test_from_the_page_to_the_role(group: Group, client: Client) -> None:
    other = join(group.headquarters, "compliance", "hegui.2", group.system_admin, group.security_admin)
    sign_in(client, "xiaoshou.a")
    assert "紧急授权" in client.get("/access/emergency/").content.decode()
    refused = client.post("/access/emergency/ask/", {"role": "legal", "reason": "急"})
    assert refused.status_code == 422 and "请写明理由" in refused.content.decode()
    asked = client.post("/access/emergency/ask/", {"role": "legal", "reason": "合同今天到期"}, follow=True)
    assert "待批准" in asked.content.decode()
    with acting(other):
        approval = Approval.objects.get()
    sign_in(client, "hegui.2").post(f"/tasks/approvals/{approval.pk}/decide/", {"decision": "allow"})
    assert "使用中" in sign_in(client, "xiaoshou.a").get("/access/emergency/").content.decode()
    with acting(group.sales_a):
        assert may_decide_words(group)
