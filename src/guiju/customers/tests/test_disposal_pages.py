"""Deletion from the pages: proposed, decided in 待办, registered, printed (propose_disposal, place_hold, lift_hold)."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from guiju.archives.models import Disposal, DisposalItem, Hold
from guiju.customers.models import Customer
from guiju.customers.services.customers import add_customer
from guiju.customers.services.intake import How
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, join, sign_in
from guiju.privacy.tests.factories import data_officer, publish
from guiju.work.models import Approval

WHY = "客户来电要求删除，已核对身份"


@pytest.fixture
def li(group: Group) -> Customer:
    publish(group)
    join(group.company_a, "archivist", "dangan.a", group.system_admin, group.security_admin)
    with acting(group.sales_a):
        values = {"name": "李小明", "phone": "13800138000"}
        return add_customer(kind="person", values=values, how=How(), actor=group.sales_a, at=AT).customer


def test_from_the_request_to_the_proof(group: Group, li: Customer, client: Client) -> None:
    officer = data_officer(group)
    sign_in(client, officer.user.username)
    address = reverse("propose_disposal", args=[li.pk])
    page = client.get(address).content.decode()
    assert "客户和联系人的字段：2 份" in page
    typed = {"extent": "fields", "basis": "withdrawn", "reason": WHY}
    empty = client.post(address, typed)
    assert empty.status_code == 422 and "请勾选字段" in empty.content.decode()
    told = client.post(address, {**typed, "chosen": ["person.phone"]}, follow=True).content.decode()
    assert "等另一个人审批" in told
    with acting(officer):
        made, approval = Disposal.objects.get(), Approval.objects.get()
    client.logout()
    sign_in(client, "dangan.a")
    # Who decides sees first what it is about.
    assert reverse("disposal_detail", args=[made.pk]) in client.get(reverse("work_list")).content.decode()
    assert (
        reverse("customer_detail", args=[li.pk])
        in client.get(reverse("disposal_detail", args=[made.pk])).content.decode()
    )
    client.post(reverse("decide_approval", args=[approval.pk]), {"decision": "allow"})
    listed = client.get(reverse("disposal_list")).content.decode()
    assert "已销毁" in listed and WHY in listed
    detail = client.get(reverse("disposal_detail", args=[made.pk])).content.decode()
    assert "销毁 1 份" in detail and "手机" in detail and "13800138000" not in detail
    with acting(officer):
        item = DisposalItem.objects.get()
    for name, key in (("print_disposal", made.pk), ("print_deletion", item.pk)):
        answer = client.get(reverse(name, args=[key]))
        assert answer.status_code == 200 and answer.content.startswith(b"%PDF")


def test_a_hold_is_placed_and_lifted(group: Group, li: Customer, client: Client) -> None:
    sign_in(client, data_officer(group).user.username)
    client.post(reverse("place_hold", args=[li.pk]), {"sort": "inspection", "reason": "抽查通知书 12 号"})
    refused = client.post(
        reverse("propose_disposal", args=[li.pk]), {"extent": "all", "basis": "withdrawn", "reason": WHY}
    )
    assert refused.status_code == 422 and "已登记保全（监督检查）" in refused.content.decode()
    assert "抽查通知书 12 号" in client.get(reverse("hold_list")).content.decode()
    with acting(group.sales_a):
        hold = Hold.objects.get()
    lift = reverse("lift_hold", args=[hold.pk])
    client.post(lift, {"reason": "检查已经结束"})
    assert "已解除" in client.get(reverse("hold_list")).content.decode()
    assert client.get(lift).status_code == 404
