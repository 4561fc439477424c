"""What is written here about people is theirs: frozen it doesn't show, erased it is gone, unseen it isn't named."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from guiju.accounts.models import User
from guiju.archives.models import Disposal
from guiju.archives.registry import Target
from guiju.archives.selectors import copies_of
from guiju.archives.services.disposals import propose_disposal
from guiju.customers.models import Customer
from guiju.customers.services.customers import assign_customer
from guiju.customers.values import ERASED_NAME
from guiju.database.scope import scope
from guiju.evidence.selectors import GONE_BY_LAW, history_of
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Refused
from guiju.organisations.selectors import acting
from guiju.organisations.services.tokens import create_token
from guiju.organisations.tests.factories import AT, Group, join, let, sign_in
from guiju.privacy.services.freezing import freeze_subject
from guiju.privacy.tests.factories import data_officer, publish
from guiju.sales.models import Lead, Opportunity, Todo
from guiju.sales.services.details import Details
from guiju.sales.services.leads import discard_lead, open_lead, reopen_lead
from guiju.sales.services.moving import lose_opportunity, move_opportunity, reopen_opportunity
from guiju.sales.services.opportunities import add_opportunity, change_opportunity
from guiju.sales.services.todos import add_todo
from guiju.sales.tests.factories import customer_of, offer
from guiju.work.models import Approval
from guiju.work.services.approvals import decide_approval

WHY = "客户要求删除，已核对身份"
LATER = AT + timedelta(hours=1)


@pytest.fixture
def li(group: Group) -> Customer:
    publish(group)
    return customer_of(group.sales_a, "李小明", kind="person")


@pytest.fixture
def deal(group: Group, li: Customer) -> Opportunity:
    day = day_of(AT) + timedelta(days=1)
    made = offer(group.sales_a, li, "李家装修", next_step="电 13800138000 约李太太", next_on=day)
    with acting(group.sales_a):
        add_todo(title="给李小明寄样品", actor=group.sales_a, at=AT, customer_id=li.pk, due_on=day)
    return made


def freeze(group: Group, li: Customer, *fields: str) -> None:
    officer = data_officer(group)
    assert li.subject_id is not None
    with acting(officer):
        freeze_subject(subject_id=li.subject_id, fields=fields, reason=WHY, actor=officer, at=AT)


def everything(client: Client, group: Group, li: Customer, deal: Opportunity) -> str:
    sign_in(client, "xiaoshou.a")
    address = f"/opportunities/{deal.pk}/"
    pages = (
        "/today/",
        "/today/customers/",
        "/opportunities/",
        "/opportunities/list/?state=all",
        "/opportunities/statistics/",
        address,
        f"{address}change/",
        f"{address}lose/",
        f"{address}win/",
        f"{address}assign/",
        f"/customers/{li.pk}/",
        "/opportunities/customers/?q=李",
    )
    said = "".join(client.get(page).content.decode() for page in pages)
    with acting(group.sales_a):
        secret = create_token(member=group.sales_a, name="x", days=1, at=timezone.now())
    headers = {"Authorization": f"Bearer {secret}"}
    said += client.get("/api/v1/opportunities?state=all", headers=headers).content.decode()
    return said + client.get(f"/api/v1/opportunities/{deal.pk}", headers=headers).content.decode()


@pytest.mark.parametrize("fields", [(), ("person.name",)])
def test_of_somebody_frozen_nothing_shows(
    group: Group, li: Customer, deal: Opportunity, client: Client, fields: tuple[str, ...]
) -> None:
    assert "李家装修" in everything(client, group, li, deal)
    freeze(group, li, *fields)
    said = everything(client, group, li, deal)
    assert "（仅存储）" in said
    for secret in ("李家装修", "李太太", "李小明", "寄样品"):
        assert secret not in said


@pytest.mark.parametrize("fields", [(), ("person.name",)])
def test_nobody_finds_what_is_about_somebody_frozen(
    group: Group, li: Customer, deal: Opportunity, client: Client, fields: tuple[str, ...]
) -> None:
    sign_in(client, "xiaoshou.a")
    address = "/opportunities/list/?search=李家"
    assert "1 个，合计" in client.get(address).content.decode()
    freeze(group, li, *fields)
    assert "没有符合条件的商机" in client.get(address).content.decode()


def test_nobody_sells_to_somebody_frozen_or_finds_what_was_sold(group: Group, li: Customer, deal: Opportunity) -> None:
    freeze(group, li)
    actor = group.sales_a
    with acting(actor):
        for act in (
            lambda: add_opportunity(customer_id=li.pk, details=Details("x"), actor=actor, at=AT),
            lambda: move_opportunity(opportunity_id=deal.pk, stage="quote", actor=actor, at=AT),
            lambda: change_opportunity(opportunity_id=deal.pk, details=Details("x"), actor=actor, at=AT),
            lambda: add_todo(title="x", actor=actor, at=AT, customer_id=li.pk),
        ):
            with pytest.raises(Refused) as refusal:
                act()
            assert refusal.value.code == "subject_frozen"


def test_who_may_not_see_the_customer_doesn_t_read_the_name(
    group: Group, li: Customer, deal: Opportunity, client: Client
) -> None:
    colleague = join(group.company_a, "sales", "xiaoshou.a2", group.system_admin, group.security_admin)
    with acting(group.sales_a):
        assign_customer(customer_id=li.pk, to=colleague, actor=group.sales_a, at=AT)
    sign_in(client, "xiaoshou.a")
    said = "".join(client.get(f"/opportunities/{page}").content.decode() for page in ("", "list/", f"{deal.pk}/"))
    assert "李家装修" in said and "李小明" not in said and f"/customers/{li.pk}/" not in said
    sign_in(client, "xiaoshou.a2")
    page = client.get(f"/customers/{li.pk}/").content.decode()
    assert "商机" in page and "李家装修" not in page


def test_a_phone_in_a_text_shows_as_the_matrix_says(
    group: Group, li: Customer, deal: Opportunity, client: Client
) -> None:
    sign_in(client, "xiaoshou.a")
    assert "13800138000" in client.get("/opportunities/list/").content.decode()
    join(group.company_a, "inspector", "jiancha.a", group.system_admin, group.security_admin)
    sign_in(client, "jiancha.a")
    pages = (
        client.get("/opportunities/list/").content.decode() + client.get(f"/opportunities/{deal.pk}/").content.decode()
    )
    assert "138****8000" in pages and "13800138000" not in pages and "修改历史" in pages


def test_who_changes_what_shows_masked_keeps_what_didn_t_show(
    group: Group, li: Customer, deal: Opportunity, client: Client
) -> None:
    let("inspector", "opportunity.change", "company")
    join(group.company_a, "inspector", "jiancha.a", group.system_admin, group.security_admin)
    sign_in(client, "jiancha.a")
    page = client.get(f"/opportunities/{deal.pk}/change/").content.decode()
    assert "138****8000" in page and "13800138000" not in page
    typed = {"name": "李家全屋装修", "next_step": "电 138****8000 约李太太"}
    assert client.post(f"/opportunities/{deal.pk}/change/", typed).status_code == 302
    with acting(group.sales_a):
        deal.refresh_from_db()
    assert (deal.name, deal.next_step) == ("李家全屋装修", "电 13800138000 约李太太")


def destroy(group: Group, li: Customer, *fields: str) -> Disposal:
    name = "dangan.b" if User.objects.filter(username="dangan.a").exists() else "dangan.a"
    officer = data_officer(group)
    archivist = join(group.company_a, "archivist", name, group.system_admin, group.security_admin)
    assert li.subject_id is not None
    with acting(officer):
        found = propose_disposal(
            entity_id=li.entity_id,
            targets=[Target(li.subject_id, fields)],
            basis="withdrawn",
            reason=WHY,
            actor=officer,
            at=AT,
        )
    with acting(archivist):
        asked = Approval.objects.get(subject_id=found.pk)
        decide_approval(approval_id=asked.pk, allows=True, note="", actor=archivist, at=LATER)
        found.refresh_from_db()
    return found


def test_with_the_customer_goes_what_was_written_and_the_figures_stay(
    group: Group, li: Customer, deal: Opportunity, client: Client
) -> None:
    lost = offer(group.sales_a, li, "李家二期")
    with acting(group.sales_a):
        lose_opportunity(opportunity_id=lost.pk, reason="price", note="李太太嫌贵", actor=group.sales_a, at=AT)
        preview = {label: count for label, count, _ in copies_of(li.entity_id, [Target(li.subject_id)])}
    assert (preview["商机的文字"], preview["待办事项"]) == (2, 1)
    done = destroy(group, li)
    assert (done.counts["sales.opportunities"], done.counts["sales.todos"]) == (2, 1)
    with scope(entities={group.company_a.pk}):
        deal.refresh_from_db()
        lost.refresh_from_db()
        rows = [str(one.__dict__) for one in (*Opportunity.objects.all(), *Todo.objects.all())]
        versions = str([history_of(one) for one in (deal, lost, Todo.objects.get())])
    assert (deal.state, deal.lost_reason, deal.amount) == ("lost", "erased", 1000)
    assert (lost.state, lost.lost_reason) == ("lost", "price")
    assert GONE_BY_LAW in versions
    for secret in ("李家", "李太太", "李小明", "13800138000"):
        assert secret not in str(rows) + versions
    said = everything(client, group, li, deal)
    assert "客户信息已删除" in said and "李家" not in said and "李太太" not in said


def test_what_was_written_after_the_names_were_deleted_goes_with_the_person(
    group: Group, li: Customer, deal: Opportunity
) -> None:
    seller = group.sales_a
    with acting(seller):
        lead = open_lead(customer_id=li.pk, interest="李家要装修", actor=seller, at=AT)
        reopened = offer(seller, li, "李家二期")
    assert destroy(group, li, "opportunity.name").counts["sales.leads"] == 1
    with acting(seller):
        reopen_lead(lead_id=lead.pk, actor=seller, at=LATER)
        discard_lead(lead_id=lead.pk, reason="price", note="李太太嫌贵", actor=seller, at=LATER)
        open_lead(customer_id=li.pk, interest="", actor=seller, at=LATER)
        for one in (deal, reopened):
            reopen_opportunity(opportunity_id=one.pk, actor=seller, at=LATER)
        details = Details(ERASED_NAME, next_step="约李太太")
        change_opportunity(opportunity_id=deal.pk, details=details, actor=seller, at=LATER)
    done = destroy(group, li)
    assert (done.counts["sales.opportunities"], done.counts["sales.leads"]) == (2, 2)
    with scope(entities={group.company_a.pk}):
        rows = [*Opportunity.objects.all(), *Lead.objects.all()]
        assert "李" not in str([one.__dict__ for one in rows]) + str([history_of(one) for one in rows])
        assert not any(one.is_open for one in rows)


def test_another_company_s_rows_don_t_show_even_without_a_filter(group: Group, deal: Opportunity) -> None:
    with acting(group.sales_b):
        assert not Opportunity.objects.exists() and not Todo.objects.exists()
    with scope(entities={group.company_b.pk}), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM sales_opportunity")
        assert cursor.fetchone() == (0,)
