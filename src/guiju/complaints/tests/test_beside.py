"""Complaints beside other things: the dashboard, the customer's timeline, the workbook, who leaves, and who is deleted."""

from __future__ import annotations

import io
import re
from datetime import datetime, timedelta

import pytest
from django.test import Client
from openpyxl import load_workbook

from guiju.archives.models import Disposal
from guiju.archives.registry import Target
from guiju.archives.services.disposals import propose_disposal
from guiju.archives.services.periods import propose_over
from guiju.complaints.models import Complaint, Remedy
from guiju.complaints.services.care import care_for_complaints
from guiju.complaints.services.erasing import keep_complaints
from guiju.complaints.services.handling import (
    Closing,
    accept_complaint,
    answer_complaint,
    assign_complaint,
    close_complaint,
)
from guiju.complaints.services.remedies import Offer, offer_remedy
from guiju.complaints.tests.factories import PHONE, again, agent_of, complain
from guiju.complaints.tests.test_handling import texts_of
from guiju.customers.models import Customer
from guiju.customers.services.consents import withdraw_customer_consent
from guiju.customers.services.customers import add_customer
from guiju.customers.services.intake import How
from guiju.database.scope import scope
from guiju.evidence.selectors import GONE_BY_LAW, history_of
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Refused
from guiju.notifications.models import Notice
from guiju.organisations.models import Member
from guiju.organisations.registry import HOLDINGS
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, join, sign_in
from guiju.privacy.models import Consent
from guiju.privacy.tests.factories import data_officer, given, publish
from guiju.work.models import Approval
from guiju.work.services.approvals import decide_approval

pytestmark = pytest.mark.django_db
OVER = AT + timedelta(days=365 * 3 + 5)


@pytest.fixture
def agent(group: Group) -> Member:
    return agent_of(group)


@pytest.fixture
def customer(group: Group) -> Customer:
    publish(group)
    how = How(consents=[given("marketing")])
    with acting(group.sales_a):
        values = {"name": "李小明", "phone": PHONE}
        return add_customer(kind="person", values=values, how=how, actor=group.sales_a, at=AT).customer


def closed(group: Group, agent: Member, *, at: datetime = AT) -> Complaint:
    case = complain(group.company_a, "包装破了，我住在西湖边", at=at, name="李小明").complaint
    care_for_complaints(at=at)
    with acting(agent):
        accept_complaint(complaint_id=case.pk, actor=agent, at=at)
        offer_remedy(complaint_id=case.pk, offer=Offer("exchange", "换给李小明"), actor=agent, at=at)
        Remedy.objects.update(state="declined")
        answer_complaint(complaint_id=case.pk, text="换一盒", actor=agent, at=at)
        close_complaint(complaint_id=case.pk, how=Closing("换好了"), actor=agent, at=at)
    return again(case)


def test_each_number_of_the_dashboard_opens_exactly_its_list(group: Group, agent: Member, client: Client) -> None:
    late = complain(group.company_a, "早就来的").complaint
    care_for_complaints(at=late.made_at)
    with scope(entities={group.company_a.pk}):
        Complaint.objects.update(due_at=AT - timedelta(days=1))
    complain(group.company_a, "还没有照管的", phone="13900000001")
    sign_in(client, agent.user.username)
    page = client.get("/").content.decode()
    found = dict(re.findall(r'href="/complaints/\?state=(\w+)"[^>]*>(?:(?!</a>).)*?(\d+)', page, re.S))
    assert set(found) == {"received", "late", "today", "unread"}
    for state, count in found.items():
        shown = client.get("/complaints/", {"state": state}).content.decode()
        assert (f"{count} 件" in shown) if count != "0" else ("没有符合条件的投诉" in shown)
    assert found["received"] == "2" and found["late"] == "1"

    home = Client()
    sign_in(
        home, join(group.company_a, "compliance", "hegui.a", group.system_admin, group.security_admin).user.username
    )
    address = re.search(r'href="(/complaints/\?state=late[^"]+)"', home.get("/").content.decode())
    assert address is not None
    shown = home.get(address[1].replace("&amp;", "&")).content.decode()
    assert "1 件" in shown and late.number in shown


def test_the_timeline_of_a_customer_says_when_they_complained(
    group: Group, agent: Member, customer: Customer, client: Client
) -> None:
    case = closed(group, agent)
    assert case.customer_id == customer.pk
    sign_in(client, agent.user.username)
    page = client.get(f"/customers/{customer.pk}/timeline/").content.decode()
    assert f"收到投诉 {case.number}" in page and f"{case.number} 已办结" in page and "西湖" not in page


def test_the_list_goes_out_as_it_is_shown(group: Group, agent: Member, client: Client) -> None:
    case = complain(group.company_a, "=1+1 包装破了", name="李女士").complaint
    complain(group.company_a, "另一件", phone="13900000001")
    legal = join(group.company_a, "legal", "fawu", group.system_admin, group.security_admin)
    sign_in(client, agent.user.username)
    assert "/tables/complaints/" in client.get("/complaints/").content.decode()
    asked = {"purpose": "complaints", "reason": "月度分析", "ending": "xlsx"}
    made = client.post(f"/tables/complaints/?search={case.number}", asked)
    cells = [
        str(cell.value)
        for sheet in load_workbook(io.BytesIO(made.getvalue()))
        for row in sheet.iter_rows()
        for cell in row
        if cell.value
    ]
    assert case.number in cells and "李女士" in cells and "另一件" not in cells
    sign_in(client, legal.user.username)
    assert client.post("/tables/complaints/", asked).status_code == 403


def test_who_withdrew_consent_is_still_heard(group: Group, agent: Member, customer: Customer) -> None:
    with acting(group.sales_a):
        consent = Consent.objects.get(subject_id=customer.subject_id)
    with acting(agent):
        withdraw_customer_consent(customer_id=customer.pk, consent_id=consent.pk, actor=agent, at=AT)
    case = closed(group, agent)
    assert (case.state, case.customer_id) == ("closed", customer.pk)
    with scope(entities={group.company_a.pk}):
        kinds = set(Notice.objects.filter(kind__startswith="complaints.").values_list("kind", flat=True))
    assert {"complaints.received", "complaints.accepted", "complaints.answered", "complaints.closed"} <= kinds


def test_who_leaves_hands_over_what_they_have(group: Group, agent: Member) -> None:
    join(group.company_a, "service", "kefu.2", group.system_admin, group.security_admin)
    case = complain(group.company_a).complaint
    care_for_complaints(at=AT)
    with acting(agent):
        assign_complaint(complaint_id=case.pk, to=agent, actor=agent, at=AT)
        [mine] = [one for one in HOLDINGS if one.label == "投诉"]
        assert mine.count(agent) == 1


def proposed(officer: Member, target: Target, *, at: datetime = AT) -> Disposal:
    with acting(officer):
        return propose_disposal(
            entity_id=officer.entity_id,
            targets=[target],
            basis="withdrawn",
            reason="客户要求删除",
            actor=officer,
            at=at,
        )


def allowed(keeper: Member, made: Disposal, at: datetime) -> None:
    with acting(keeper):
        asked = Approval.objects.get(subject_id=made.pk)
        decide_approval(approval_id=asked.pk, allows=True, note="", actor=keeper, at=at)


def test_a_complaint_outlives_the_customer_for_three_years_and_then_names_nobody(
    group: Group, agent: Member, customer: Customer, client: Client
) -> None:
    case = closed(group, agent)
    officer = data_officer(group)
    keeper = join(group.company_a, "archivist", "dangan.a", group.system_admin, group.security_admin)
    assert customer.subject_id is not None
    allowed(keeper, proposed(officer, Target(customer.subject_id)), AT + timedelta(hours=1))
    assert any("换一盒" in text for _, text in texts_of(case))
    whole = Target(customer.subject_id, ("complaint.record",))
    with pytest.raises(Refused, match="投诉自办结起保存三年"):
        proposed(officer, whole)

    with acting(officer):
        over = propose_over(
            entity_id=officer.entity_id, code="complaints", reason="保管期限届满", actor=officer, at=OVER
        )
    allowed(keeper, over, OVER)
    found = again(case)
    assert (bytes(found.sealed), found.phone_key, found.tail_key) == (b"", None, None)
    assert (found.number, found.result, found.closed_at) == (case.number, case.result, case.closed_at)
    assert all(not text for public in (True, False) for _, text in texts_of(case, public=public))
    with acting(officer):
        assert not bytes(Remedy.objects.get().sealed)
        said = str([change.new for one in history_of(found) for change in one.changes])
        assert GONE_BY_LAW in said and "西湖" not in said
    sign_in(client, agent.user.username)
    assert client.get(f"/complaints/{case.pk}/").status_code == 200
    assert case.number in client.get("/complaints/", {"state": "closed"}).content.decode()


def test_an_open_case_is_kept_however_old_it_is(group: Group, customer: Customer) -> None:
    complain(group.company_a)
    care_for_complaints(at=AT)
    assert customer.subject_id is not None
    whole = Target(customer.subject_id, ("complaint.record",))
    with scope(entities={group.company_a.pk}):
        assert set(keep_complaints(group.company_a.pk, [whole], day_of(OVER))) == {customer.subject_id}
