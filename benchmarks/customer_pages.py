"""Pages of customers beside bare views: the same frame and template, from a plain table without any of the rest.

The bare views ask a table that holds all values in the clear, under no policy; they know neither purposes nor
consents, masks, rights or frozen people. What they cost is what any program would have to spend.
"""

from __future__ import annotations

from dataclasses import replace
from statistics import median
from time import perf_counter
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import psycopg
from django.db import connection, models
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings
from django.urls import path
from tools import scratch

from guiju.customers.forms.pool import BulkForm
from guiju.customers.models import Customer, Note
from guiju.customers.owning import OwnerChange
from guiju.customers.registry import Event, Panel
from guiju.customers.relating import Tie
from guiju.customers.values import values_of
from guiju.customers.views.whose import whose_customer
from guiju.files.models import Attachment
from guiju.orders.models import Order
from guiju.organisations.models import Member
from guiju.organisations.registry import PURPOSES
from guiju.organisations.selectors import acting
from guiju.organisations.signin import member_required
from guiju.organisations.tests.factories import sign_in
from guiju.privacy.models import Consent, Subject
from guiju.privacy.selectors.consents import lines_of
from guiju.project import urls
from guiju.sales.models import Opportunity, Todo
from guiju.web.paging import latest_of

ROUNDS = 60


class PlainOwner(models.Model):
    name = models.TextField()

    class Meta:
        app_label = "customers"
        managed = False
        db_table = "bench_owner"

    @property
    def user(self) -> PlainOwner:
        return self


class PlainCustomer(models.Model):
    """Everything in columns, in the clear."""

    id = models.UUIDField(primary_key=True)
    kind = models.TextField(choices=[("person", "个人"), ("company", "单位")])
    name = models.TextField()
    phone = models.TextField()
    company = models.TextField()
    email = models.TextField()
    level = models.TextField()
    source = models.TextField()
    region = models.TextField()
    address = models.TextField()
    identity_number = models.TextField()
    bank_card = models.TextField()
    health = models.TextField()
    income = models.TextField()
    tags = models.JSONField()
    owner = models.ForeignKey(PlainOwner, null=True, on_delete=models.PROTECT, related_name="+")
    person_id = models.UUIDField()
    made_at = models.DateTimeField()

    class Meta:
        app_label = "customers"
        managed = False
        db_table = "bench_customer"

    subject = None
    subject_id = None
    next_touch_on = None

    @property
    def shown_name(self) -> str:
        return self.name

    @property
    def shown_tags(self) -> list[str]:
        return list(self.tags)

    @property
    def owner_name(self) -> str:
        return self.owner.name if self.owner else ""


_TABLES = """
CREATE TABLE bench_owner AS
 SELECT m.id, u.name FROM organisations_member m JOIN organisations_user u ON u.id = m.user_id;
CREATE TABLE bench_customer AS
 SELECT id, kind::text, name::text, '13' || lpad(number::text, 9, '0') AS phone, extra->>'company' AS company,
        'kehu' || number || '@example.com' AS email, level::text, source::text, region::text,
        '文三路' || number % 999 || '号' AS address, '33010619900307' || lpad((number % 10000)::text, 4, '0')
        AS identity_number, '622202' || lpad(number::text, 13, '0') AS bank_card, '花生过敏' AS health,
        '30万' AS income, tags, owner_id, subject_id AS person_id, made_at
 FROM (SELECT *, row_number() OVER (ORDER BY id) AS number FROM customers_customer) AS numbered;
ALTER TABLE bench_owner ADD PRIMARY KEY (id);
ALTER TABLE bench_customer ADD PRIMARY KEY (id);
CREATE INDEX ON bench_customer (made_at DESC, id DESC);
CREATE INDEX ON bench_customer (phone);
CREATE INDEX ON bench_customer (right(phone, 4));
GRANT SELECT ON bench_owner, bench_customer TO guiju_app;
"""

LABELS = {"phone": "手机", "company": "所在单位", "level": "等级", "source": "来源"}
DETAIL = {
    **{"name": "姓名", "phone": "手机", "company": "所在单位", "email": "电子邮箱", "level": "等级"},
    **{"source": "来源", "region": "所在地区", "address": "住址", "identity_number": "身份证号"},
    **{"bank_card": "银行卡号", "health": "健康与体质", "income": "家庭收入"},
}


def _cell(code: str, label: str, row: PlainCustomer) -> SimpleNamespace:
    return SimpleNamespace(label=label, text=getattr(row, code), why="", category=code, is_masked=False)


def bare_list(request: HttpRequest) -> HttpResponse:
    rows = PlainCustomer.objects.select_related("owner").order_by("-made_at", "-id")
    if words := request.GET.get("search", ""):
        rows = rows.filter(phone=words)
    if level := request.GET.get("level", ""):
        rows = rows.filter(level=level)
    page = latest_of(request, rows)
    lines = [(row, [(label, _cell(code, label, row)) for code, label in LABELS.items()]) for row in page.object_list]
    context: dict[str, Any] = {
        "page": page,
        "lines": lines,
        "titles": ["客户", *LABELS.values()],
        "asked": SimpleNamespace(search=words, level=level),
        "is_filtered": bool(words or level),
        "purpose": "sales",
        "purposes": PURPOSES.items(),
        "kinds": Customer.Kind.choices,
        "levels": [("a", "A 重点"), ("b", "B 普通"), ("c", "C 一般")],
        "may_bulk": True,
        "bulk": BulkForm(colleagues=Member.objects.select_related("user")),
        "may_export": True,
        "may_import": True,
        "may_add": True,
        "has_notice": True,
        "sources": [("visit", "到店"), ("referral", "转介绍"), ("online", "线上")],
        "may_filter_consents": True,
        "columns": list(LABELS),
        "choosable": [(code, label) for code, label in DETAIL.items() if code != "name"],
        "sorts": [("", "登记时间，新的在前"), ("due", "下次跟进"), ("stale", "最久没有联系"), ("touched", "最近联系")],
        "lists": [],
        "tab": "customers",
    }
    return render(request, "customers/customer_list.html", context)


def bare_detail(request: HttpRequest, customer_id: Any) -> HttpResponse:
    row = PlainCustomer.objects.select_related("owner").get(pk=customer_id)
    cells = [_cell(code, label, row) for code, label in DETAIL.items()]
    consents = list(Consent.objects.filter(subject_id=row.person_id).select_related("notice", "recorded_by"))
    notes = list(Note.objects.filter(customer_id=row.pk).select_related("by__user"))
    orders = list(
        Order.objects.filter(customer_id=row.pk).select_related("product").order_by("-ordered_on", "-id")[:50]
    )
    deals = list(Opportunity.objects.filter(customer_id=row.pk).order_by("-made_at", "-id")[:50])
    files = list(
        Attachment.objects.filter(owner_id=row.pk).select_related("by__user").order_by("-made_at", "-pk")[:100]
    )
    todos = list(Todo.objects.filter(customer_id=row.pk).select_related("member__user").order_by("-due_on", "pk")[:50])
    ties = list(Tie.objects.filter(Q(one_id=row.pk) | Q(other_id=row.pk)).order_by("made_at", "pk")[:200])
    hands = list(OwnerChange.objects.filter(customer_id=row.pk).select_related("by").order_by("-at")[:100])
    of_files = {"lines": [{"row": one, "name": one.name} for one in files], "may_add": True}
    panels = [
        Panel("files/panel.html", of_files | {"owner": SimpleNamespace(kind="customer", pk=row.pk)}),
        Panel("sales/customer_panel.html", {"lines": deals, "customer_id": row.pk, "may_add": True}),
        Panel("sales/todo_panel.html", {"lines": [(one, one.title) for one in todos], "add": "/todos/add/"}),
        Panel("customers/tie_panel.html", {"lines": ties, "may_change": True, "address": "/"}),
        Panel("orders/customer_panel.html", {"orders": orders[:5], "customer": row, "may_add": True}),
    ]
    context = {
        "customer": row,
        "panels": panels,
        "whose": replace(whose_customer(Customer(id=row.pk, subject=Subject())), holder=row),
        "cells": cells,
        "consents": lines_of(consents, {}),
        "timeline": [Event(one.at, "备注", one.text) for one in notes]
        + [Event(one.given_at, "同意", one.purpose) for one in consents]
        + [Event(one.at, "领取", "负责人") for one in hands],
        "may_record": True,
        "may_change": True,
        "may_release": True,
        "may_assign": True,
        "may_tag": True,
        "may_merge": True,
        "may_history": True,
        "history": None,
        "purpose": "sales",
        "purposes": PURPOSES.items(),
    }
    return render(request, "customers/customer_detail.html", context)


urlpatterns = [
    path("bare/customers/", member_required(bare_list)),
    path("bare/customers/<uuid:customer_id>/", member_required(bare_detail)),
    *urls.urlpatterns,
]


@override_settings(ROOT_URLCONF="benchmarks.customer_pages")
def report(sales: Member) -> None:
    with psycopg.connect(scratch.database.conninfo("superuser"), autocommit=True) as direct:
        direct.execute(_TABLES)
        direct.execute("ANALYZE")
        row = direct.execute(
            "SELECT id, phone FROM bench_customer ORDER BY id OFFSET (SELECT count(*) / 2 FROM bench_customer) LIMIT 1"
        ).fetchone()
        assert row is not None
    middle, phone = row
    browser = sign_in(Client(SERVER_NAME="localhost"), sales.user.username)
    pages = {
        "列表": "customers/",
        "筛选等级": "customers/?level=a",
        "按手机查找": f"customers/?search={_taken(sales, middle)}",
        "一位客户": f"customers/{middle}/",
    }
    for name, address in pages.items():
        _line(name, browser, f"/{address}", f"/bare/{address.replace(_taken(sales, middle), phone)}")


def _taken(sales: Member, customer_id: UUID) -> str:
    """The phone of a customer as it was taken in."""
    with acting(sales):
        return values_of(Customer.objects.select_related("subject").get(pk=customer_id))["phone"]


def _line(name: str, browser: Client, address: str, bare: str) -> None:
    seconds: dict[str, list[float]] = {address: [], bare: []}
    for _ in range(ROUNDS):
        for one, found in seconds.items():
            found.append(_once(browser, one))
    ours, theirs = (median(found) for found in seconds.values())
    print(
        f"{name}：{ours * 1000:.1f} ms（{_statements(browser, address)} 条语句），"
        f"裸视图 {theirs * 1000:.1f} ms（{_statements(browser, bare)} 条），比值 {ours / theirs:.2f}（要求不超过 1.5）"
    )


def _once(browser: Client, address: str) -> float:
    began = perf_counter()
    answer = browser.get(address)
    took = perf_counter() - began
    assert answer.status_code == 200 and b"customers/" in answer.content
    return took


def _statements(browser: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        browser.get(address)
    return len(asked)
