"""Somebody stands in for another for some days (代理)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from guiju.kernel.errors import NotAllowed, Refused
from guiju.organisations.models import Member
from guiju.organisations.permissions import allows, joined, rights_of, roles_of
from guiju.organisations.selectors import acting
from guiju.organisations.services.substitutes import Absence, end_substitute, name_substitute
from guiju.organisations.tests.factories import Group, join, sign_in


@pytest.fixture
def lawyer(group: Group) -> Member:
    return join(group.headquarters, "legal", "fawu", group.system_admin, group.security_admin)


def days(before: int, after: int) -> Absence:
    today = timezone.localdate()
    return Absence(today - timedelta(days=before), today + timedelta(days=after), "年假")


def fresh(member: Member) -> Member:
    return Member.objects.select_related("user", "entity").get(pk=member.pk)


def test_a_substitute_has_the_rights_for_these_days_only(group: Group, lawyer: Member) -> None:
    with acting(group.compliance):
        assert not allows(fresh(lawyer), "company.export", on=group.headquarters.pk)
        made = name_substitute(
            member=group.compliance,
            substitute=lawyer,
            absence=days(0, 3),
            actor=group.compliance,
            at=timezone.now(),
        )
        assert allows(fresh(lawyer), "company.export", on=group.headquarters.pk)
        end_substitute(substitute_id=made.pk, actor=group.compliance, at=timezone.now())
        assert not allows(fresh(lawyer), "company.export", on=group.headquarters.pk)


def test_before_and_after_the_days_nothing_changes(group: Group, lawyer: Member) -> None:
    with acting(group.compliance):
        name_substitute(
            member=group.compliance,
            substitute=lawyer,
            absence=days(-2, 5),
            actor=group.compliance,
            at=timezone.now(),
        )
        assert not allows(fresh(lawyer), "company.export", on=group.headquarters.pk)


@pytest.mark.parametrize("administrator", ["system_admin", "security_admin"])
def test_administrators_stand_in_for_nobody_and_nobody_for_them(
    group: Group, lawyer: Member, administrator: str
) -> None:
    admin = getattr(group, administrator)
    for member, substitute in ((admin, lawyer), (lawyer, admin)):
        with acting(group.system_admin), pytest.raises(Refused, match="三员不能代理"):
            name_substitute(
                member=member, substitute=substitute, absence=days(0, 1), actor=group.system_admin, at=timezone.now()
            )


@pytest.mark.parametrize(
    ("since", "until", "reason", "words"),
    [
        (date(2026, 1, 5), date(2026, 1, 1), "年假", "日期不对"),
        (date(2020, 1, 1), date(2020, 1, 5), "年假", "日期不对"),
        (date(2100, 1, 1), date(2100, 12, 31), "年假", "最多代理92天"),
        (date(2100, 1, 1), date(2100, 1, 2), " ", "请写明事由"),
    ],
)
def test_days_and_reasons_that_will_not_do_are_told(
    group: Group, lawyer: Member, since: date, until: date, reason: str, words: str
) -> None:
    with acting(group.compliance), pytest.raises(Refused, match=words):
        name_substitute(
            member=group.compliance,
            substitute=lawyer,
            absence=Absence(since, until, reason),
            actor=group.compliance,
            at=timezone.now(),
        )


def test_a_substitute_works_in_the_same_company(group: Group) -> None:
    with acting(group.compliance), pytest.raises(Refused, match="同一家公司"):
        name_substitute(
            member=group.compliance,
            substitute=group.sales_a,
            absence=days(0, 1),
            actor=group.compliance,
            at=timezone.now(),
        )


def test_others_are_arranged_for_by_who_has_the_right(group: Group, lawyer: Member) -> None:
    with acting(lawyer), pytest.raises(NotAllowed, match="安排代理"):
        name_substitute(member=group.compliance, substitute=lawyer, absence=days(0, 1), actor=lawyer, at=timezone.now())


def test_the_page_arranges_it_for_oneself(group: Group, lawyer: Member, client: Client) -> None:
    sign_in(client, "hegui")
    today = timezone.localdate()
    form = {
        "substitute": str(lawyer.pk),
        "since": f"{today}",
        "until": f"{today + timedelta(days=4)}",
        "reason": "年假",
    }
    page = client.post(f"/people/{group.compliance.pk}/substitute/", form, follow=True).content.decode()
    assert "由fawu代理" in page and "fawu代理hegui" in page


def test_the_written_out_query_finds_the_same_roles(group: Group, lawyer: Member) -> None:
    """Both say which roles count; one is asked by every request, the other by explanations."""
    with acting(group.compliance):
        name_substitute(
            member=group.compliance,
            substitute=lawyer,
            absence=days(0, 3),
            actor=group.compliance,
            at=timezone.now(),
        )
        for member in (lawyer, group.compliance):
            again = fresh(member)
            assert joined(roles_of(again)).reaches == rights_of(again).reaches
        assert {role.code for role in roles_of(lawyer)} == {"legal", "compliance"}
