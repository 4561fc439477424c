"""Each quarter, heads confirm or remove the rights of their people (权限复核)."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from guiju.access.models import ReviewLine, RightsReview
from guiju.access.services.reviews import TIME_TO_REVIEW, decide_review_lines, open_rights_reviews, quarter_of
from guiju.database.scope import scope
from guiju.kernel.errors import Missing, Refused
from guiju.organisations.models import Department, Member
from guiju.organisations.permissions import allows
from guiju.organisations.selectors import acting
from guiju.organisations.services.roles import withdraw_role
from guiju.organisations.tests.factories import AT, Group, join, sign_in
from guiju.work.selectors import tasks_for
from guiju.work.services.tasks import escalate_overdue


@pytest.fixture
def head(group: Group) -> Member:
    """Who heads the sales department of company A, in which its salesman works."""
    head = join(group.company_a, "marketing", "jingli.a", group.system_admin, group.security_admin)
    with scope(entities={group.company_a.pk}):
        department = Department.objects.create(entity=group.company_a, name="销售部", head=head)
        Member.objects.filter(pk__in=[group.sales_a.pk, head.pk]).update(department=department)
    return head


def lines_of(group: Group, company_id: UUID) -> dict[str, ReviewLine]:
    with scope(trees={group.headquarters.pk}):
        lines = ReviewLine.objects.filter(entity_id=company_id).select_related("held__member__user", "review")
        return {line.held.member.user.username: line for line in lines}


def decide(line: ReviewLine, actor: Member, *, keep: bool = True, note: str = "") -> None:
    with acting(actor):
        decide_review_lines(line_ids=[line.pk], keep=keep, note=note, actor=actor, at=AT)


@pytest.mark.parametrize(
    ("day", "quarter"),
    [
        (date(2026, 1, 1), "2026Q1"),
        (date(2026, 3, 31), "2026Q1"),
        (date(2026, 4, 1), "2026Q2"),
        (date(2026, 12, 31), "2026Q4"),
    ],
)
def test_a_day_belongs_to_its_quarter(day: date, quarter: str) -> None:
    assert quarter_of(day) == quarter


def test_a_quarter_begins_once_in_each_company_where_somebody_holds_a_role(group: Group) -> None:
    assert open_rights_reviews(at=AT) == 3
    assert open_rights_reviews(at=AT + timedelta(days=1)) == 0
    assert open_rights_reviews(at=AT + timedelta(days=60)) == 3


def test_the_head_of_the_department_is_asked_and_for_the_head_who_may(group: Group, head: Member) -> None:
    open_rights_reviews(at=AT)
    lines = lines_of(group, group.company_a.pk)
    assert lines["xiaoshou.a"].reviewer_id == head.pk and lines["jingli.a"].reviewer_id is None
    with acting(head):
        assert [task.title for task in tasks_for(head)] == ["甲食品有限公司2026Q4权限复核"]
    with acting(group.compliance):
        assert len(tasks_for(group.compliance)) == 3


def test_what_is_removed_ends_at_once(group: Group, head: Member) -> None:
    open_rights_reviews(at=AT)
    line = lines_of(group, group.company_a.pk)["xiaoshou.a"]
    with pytest.raises(Refused, match="请写明原因"):
        decide(line, head, keep=False)
    decide(line, head, keep=False, note="调岗了")
    with acting(group.sales_a):
        again = Member.objects.get(pk=group.sales_a.pk)
        assert not allows(again, "text.review", on=group.company_a.pk)
    with pytest.raises(Refused, match="已经复核过"):
        decide(line, head)


def test_nobody_decides_on_their_own_rights_or_on_others_people(group: Group, head: Member) -> None:
    open_rights_reviews(at=AT)
    with pytest.raises(Refused, match="自己的权限"):
        decide(lines_of(group, group.company_a.pk)["jingli.a"], head)
    with pytest.raises((Refused, Missing)):
        decide(lines_of(group, group.company_b.pk)["xiaoshou.b"], head)
    with pytest.raises(Refused, match="不由您复核"):
        decide(lines_of(group, group.company_a.pk)["jingli.a"], group.sales_a)


def test_the_last_administrator_is_not_reviewed_away(group: Group) -> None:
    open_rights_reviews(at=AT)
    with pytest.raises(Refused, match="最后一个系统管理员"):
        decide(lines_of(group, group.headquarters.pk)["xitong"], group.security_admin, keep=False, note="不要了")


def test_the_review_closes_with_its_last_line_and_the_tasks_before(group: Group, head: Member) -> None:
    open_rights_reviews(at=AT)
    lines = lines_of(group, group.company_a.pk)
    decide(lines["xiaoshou.a"], head)
    with acting(head):
        assert not tasks_for(head)
    decide(lines["jingli.a"], group.compliance)
    with acting(group.compliance):
        review = RightsReview.objects.get(entity=group.company_a)
        assert review.closed_at == AT
        assert len(tasks_for(group.compliance)) == 2


def test_a_grant_that_ended_meanwhile_is_told_as_such(group: Group, head: Member) -> None:
    open_rights_reviews(at=AT)
    with acting(group.security_admin):
        withdraw_role(member=group.sales_a, code="sales", actor=group.security_admin, at=AT)
    decide(lines_of(group, group.company_a.pk)["xiaoshou.a"], head)
    assert lines_of(group, group.company_a.pk)["xiaoshou.a"].outcome == "ended"


def test_silence_comes_up_to_the_security_administrator(group: Group, head: Member) -> None:
    open_rights_reviews(at=AT)
    with acting(group.security_admin):
        before = {task.pk for task in tasks_for(group.security_admin)}
    assert escalate_overdue(at=AT + TIME_TO_REVIEW) == 4
    with acting(group.security_admin):
        late = {task.pk for task in tasks_for(group.security_admin)} - before
    assert len(late) == 1


def test_the_page_decides_many_at_once_and_prints_the_result(group: Group, head: Member, client: Client) -> None:
    open_rights_reviews(at=AT)
    lines = lines_of(group, group.company_a.pk)
    review = lines["xiaoshou.a"].review
    sign_in(client, "jingli.a")
    assert "2026Q4" in client.get("/access/reviews/").content.decode()
    page = client.get(f"/access/reviews/{review.pk}/").content.decode()
    assert f'value="{lines["xiaoshou.a"].pk}"' in page and f'value="{lines["jingli.a"].pk}"' not in page
    address = f"/access/reviews/{review.pk}/decide/"
    assert "没有选中" in client.post(address, {"decision": "keep"}, follow=True).content.decode()
    # A line that isn't one's own is not decided, whatever the form says.
    foreign = {"decision": "keep", "line": [str(lines["jingli.a"].pk)]}
    assert client.post(address, foreign).status_code == 404
    done = client.post(address, {"decision": "keep", "line": [str(lines["xiaoshou.a"].pk)]}, follow=True)
    assert "保留了1项授权" in done.content.decode()
    assert sign_in(client, "xiaoshou.b").get(f"/access/reviews/{review.pk}/").status_code == 404


def test_a_long_review_of_another_company_asks_no_more_than_a_short_one(group: Group, client: Client) -> None:
    """Whose a line is to decide is asked once for the company, not once a line."""
    sign_in(client, "hegui")

    def asked(company_id: UUID) -> int:
        with scope(trees={group.headquarters.pk}):
            review = RightsReview.objects.get(entity_id=company_id)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"/access/reviews/{review.pk}/").status_code == 200
        return len(queries)

    for number in range(8):
        join(group.company_b, "sales", f"x{number}", group.system_admin, group.security_admin)
    open_rights_reviews(at=AT)
    asked(group.company_a.pk)
    assert asked(group.company_b.pk) == asked(group.company_a.pk)
