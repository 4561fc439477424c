"""Somebody is deleted: their orders stay for the books and show nobody (删除权, 个人信息保护法 第四十七条)."""

from __future__ import annotations

from datetime import timedelta

from django.test import Client
from django.urls import reverse

from guiju.archives.registry import Target
from guiju.archives.services.disposals import propose_disposal
from guiju.orders.models import TableImport
from guiju.orders.services.erasing import count_files
from guiju.orders.services.table_import import preview_table_import, problems_in
from guiju.orders.tests.factories import a_shop, service_of, some_order
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, join, sign_in
from guiju.privacy.tests.factories import data_officer
from guiju.work.models import Approval
from guiju.work.services.approvals import decide_approval


def test_the_disposal_says_how_many_orders_stay_and_why_and_afterwards_nobody_is_named(
    group: Group, client: Client
) -> None:
    sales, customer, product = a_shop(group)
    order = some_order(sales, customer, product)
    officer, service = data_officer(group), service_of(group)
    archivist = join(group.company_a, "archivist", "dangan.a", group.system_admin, group.security_admin)
    with acting(sales):
        content = "订单号,日期,客户,编码,数量,金额\nA1,2026-11-01,李小明,Z,1,1\n".encode()
        file = preview_table_import(kind="orders", name="x.csv", content=content, actor=sales, at=AT)
        assert problems_in(file)
    sign_in(client, officer.user.username)
    page = client.get(reverse("propose_disposal", args=[customer.pk])).content.decode()
    assert "订单：1 份" in page and "订单导入时退回的行：1 份" in page
    # What the proposal says of orders is what the schedule says of them: nobody is told of an end that doesn't come.
    truth = "订单是账目的依据，一直保存（内部规则）"
    assert truth in page and "第三十一条" not in page
    assert truth in client.get(reverse("retention_schedule")).content.decode()

    assert customer.subject_id is not None
    with acting(officer):
        made = propose_disposal(
            entity_id=officer.entity_id,
            targets=[Target(customer.subject_id)],
            basis="withdrawn",
            reason="客户要求删除",
            actor=officer,
            at=AT,
        )
    with acting(archivist):
        asked = Approval.objects.get(subject_id=made.pk)
        decide_approval(approval_id=asked.pk, allows=True, note="", actor=archivist, at=AT + timedelta(hours=1))
    with acting(sales):
        kept = TableImport.objects.get(pk=file.pk)
        assert (kept.state, problems_in(kept)) == ("dropped", [])
        assert count_files(sales.entity_id, [Target(customer.subject_id)]) == {}
    sign_in(client, service.user.username)
    for address in ("/orders/", f"/orders/{order.pk}/"):
        page = client.get(address).content.decode()
        assert "（已删除）" in page and "李小明" not in page and order.number in page
