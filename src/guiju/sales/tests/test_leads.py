"""Somebody who asks becomes a lead: one record of the person, qualified or given up (add_lead, qualify_lead,
discard_lead, reopen_lead)."""

from __future__ import annotations

import html
import re

import pytest
from django.test import Client
from django.utils import timezone

from guiju.customers.models import Customer
from guiju.customers.services.intake import How
from guiju.kernel.errors import Missing, NotAllowed, Refused
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, join, sign_in
from guiju.privacy.tests.factories import publish
from guiju.sales.models import Lead, Opportunity
from guiju.sales.selectors.filtering import ALL
from guiju.sales.selectors.leads import LeadFilter
from guiju.sales.selectors.reading import deals
from guiju.sales.services.details import Details
from guiju.sales.services.leads import add_lead, discard_lead, open_lead, qualify_lead, reopen_lead
from guiju.sales.services.opportunities import assign_opportunity
from guiju.sales.tests.factories import customer_of

TYPED = {"kind": "person", "name": "周晓", "phone": "13905710001", "company": "晨光商行", "source": "referral"}


@pytest.fixture
def colleague(group: Group) -> Member:
    return join(group.company_a, "sales", "xiaoshou.a2", group.system_admin, group.security_admin)


def ask(member: Member, name: str = "周晓", interest: str = "年货礼盒团购") -> Lead:
    with acting(member):
        values = {"name": name}
        terms = {"how": How(), "interest": interest, "actor": member, "at": AT}
        return add_lead(kind="company", values=values, **terms)[0]  # type: ignore[arg-type]


def test_who_asks_is_one_customer_and_becomes_an_opportunity(group: Group, client: Client) -> None:
    publish(group)
    sign_in(client, "xiaoshou.a")
    assert client.post("/opportunities/leads/add/", {**TYPED, "interest": "年货礼盒团购"}).status_code == 302
    page = client.get("/opportunities/leads/").content.decode()
    assert "周晓" in page and "年货礼盒团购" in page and "转介绍" in page and "晨光商行" in page
    with acting(group.sales_a):
        lead = Lead.objects.get()
        customer = Customer.objects.get(name="周晓")
        assert lead.customer_id == customer.pk and customer.source == "referral"
    form = client.get(f"/opportunities/leads/{lead.pk}/qualify/").content.decode()
    assert 'value="年货礼盒团购"' in form
    typed = {"name": "年货礼盒200份", "stage": "contact", "amount": "1.28万"}
    answer = client.post(f"/opportunities/leads/{lead.pk}/qualify/", typed)
    with acting(group.sales_a):
        lead.refresh_from_db()
        made = Opportunity.objects.get()
        assert (lead.state, lead.opportunity_id, made.customer_id) == ("qualified", made.pk, customer.pk)
    assert answer.status_code == 302 and str(made.pk) in answer["Location"]
    assert "没有待确认的线索" in client.get("/opportunities/leads/").content.decode()
    assert client.post(f"/opportunities/leads/{lead.pk}/qualify/", typed).status_code == 422


def test_what_comes_to_nothing_says_why_and_can_be_opened_again(group: Group, client: Client) -> None:
    lead = ask(group.sales_a)
    sign_in(client, "xiaoshou.a")
    address = f"/opportunities/leads/{lead.pk}/discard/"
    assert "请选择原因" in client.post(address, {"note": "x"}).content.decode()
    wrong = client.post(address, {"reason": "budget", "note": "身份证110101199003077571"})
    assert wrong.status_code == 422 and "身份证110101199003077571" in wrong.content.decode()
    assert client.post(address, {"reason": "budget", "note": "明年再说"}).status_code == 302
    page = client.get("/opportunities/leads/?state=discarded").content.decode()
    assert "没有预算，明年再说" in page
    client.post(f"/opportunities/leads/{lead.pk}/reopen/")
    with acting(group.sales_a):
        lead.refresh_from_db()
        assert (lead.state, lead.reason, lead.note, lead.closed_at) == ("open", "", "", None)


def test_the_same_customer_has_one_open_lead(group: Group) -> None:
    firm, member = customer_of(group.sales_a), group.sales_a
    with acting(member):
        first = open_lead(customer_id=firm.pk, interest="", actor=member, at=AT)
        with pytest.raises(Refused):
            open_lead(customer_id=firm.pk, interest="再问一次", actor=member, at=AT)
        discard_lead(lead_id=first.pk, reason="price", actor=member, at=AT)
        open_lead(customer_id=firm.pk, interest="再问一次", actor=member, at=AT)
        with pytest.raises(Refused):
            reopen_lead(lead_id=first.pk, actor=member, at=AT)


def test_a_lead_is_in_the_hands_of_its_customer(group: Group, client: Client, colleague: Member) -> None:
    lead = ask(group.sales_a)
    for other in (colleague, group.sales_b):
        with acting(other):
            for act in (
                lambda who: qualify_lead(lead_id=lead.pk, details=Details("x"), actor=who, at=AT),
                lambda who: discard_lead(lead_id=lead.pk, reason="price", actor=who, at=AT),
            ):
                with pytest.raises(Missing):
                    act(other)
    sign_in(client, "xiaoshou.a2")
    assert "周晓" not in client.get("/opportunities/leads/").content.decode()
    assert client.get(f"/opportunities/leads/{lead.pk}/qualify/").status_code == 404
    with acting(group.compliance), pytest.raises(NotAllowed):
        open_lead(customer_id=lead.customer_id, interest="", actor=group.compliance, at=AT)
    manager = join(group.company_a, "sales_manager", "jingli.a", group.system_admin, group.security_admin)
    sign_in(client, "jingli.a")
    assert "周晓" in client.get("/opportunities/leads/").content.decode()
    with acting(manager), deals(manager, on=timezone.localdate()) as seen:
        assert LeadFilter(owner="me").of(seen).count() == 0


def test_what_a_lead_became_opens_for_whoever_sees_it(group: Group, client: Client, colleague: Member) -> None:
    lead, member = ask(group.sales_a), group.sales_a
    with acting(member):
        made = qualify_lead(lead_id=lead.pk, details=Details("年货礼盒"), actor=member, at=AT)
    address = f"/opportunities/{made.opportunity_id}/"
    join(group.company_a, "inspector", "jiancha.a", group.system_admin, group.security_admin)
    sign_in(client, "jiancha.a")
    page = client.get("/opportunities/leads/?state=qualified").content.decode()
    assert "不再跟进：" not in page and f'href="{address}"' in page
    with acting(member):
        assign_opportunity(opportunity_id=made.opportunity_id, to=colleague, actor=member, at=AT)
    sign_in(client, "xiaoshou.a")
    page = client.get("/opportunities/leads/?state=qualified").content.decode()
    assert "周晓" in page and f'href="{address}"' not in page


def test_numbers_of_leads_open_their_lists(group: Group, client: Client) -> None:
    now, member = timezone.now(), group.sales_a
    with acting(member):
        for number in range(6):
            firm = customer_of(member, f"客户{number}")
            lead = open_lead(customer_id=firm.pk, interest="团购", actor=member, at=now)
            if number < 2:
                qualify_lead(lead_id=lead.pk, details=Details("团购"), actor=member, at=now)
            elif number < 5:
                reason = "price" if number == 2 else "no_answer"
                discard_lead(lead_id=lead.pk, reason=reason, actor=member, at=now)
    sign_in(client, "xiaoshou.a")
    page = html.unescape(client.get("/opportunities/statistics/").content.decode())
    found = re.findall(r'<a href="(/opportunities/leads/[^"]*)" aria-label="([^：]*)[^"]*：\d+">(\d+)</a>', page)
    assert sorted(int(count) for _, _, count in found) == [1, 1, 2, 2, 3, 6]
    for address, _, count in found:
        assert f"共 {count} 条" in client.get(address).content.decode(), address
    for query in ("?owner=x", "?made_from=soon", "?state=nirvana", f"?state={ALL}&reason=%00", "?page=-3"):
        assert client.get(f"/opportunities/leads/{query}").status_code == 200


def test_what_the_door_of_privacy_refuses_is_told(group: Group, client: Client) -> None:
    """Without a notice no person is taken in, and nothing of them is left behind."""
    sign_in(client, "xiaoshou.a")
    answer = client.post("/opportunities/leads/add/", {**TYPED, "interest": "团购"})
    assert answer.status_code == 422 and "周晓" in answer.content.decode()
    long = client.post("/opportunities/leads/add/", {**TYPED, "interest": "长" * 300, "name": "\x00"})
    assert long.status_code == 422
    with acting(group.sales_a):
        assert Lead.objects.count() == Customer.objects.count() == 0
