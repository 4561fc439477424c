"""The pages, the API and the command of opportunities: what is typed is kept or comes back with a sentence."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from django.test import Client
from django.utils import timezone

from guiju.customers.models import Customer
from guiju.kernel.errors import NotAllowed, Refused
from guiju.organisations.selectors import acting
from guiju.organisations.services.tokens import create_token
from guiju.organisations.tests.factories import AT, Group, join, sign_in
from guiju.sales.cli import opportunity
from guiju.sales.models import Opportunity, Pipeline
from guiju.sales.selectors.stages import BUILT_IN, Stage, stages_of
from guiju.sales.services.moving import lose_opportunity
from guiju.sales.services.setting_up import set_pipeline
from guiju.sales.tests.factories import customer_of, offer


@pytest.fixture
def firm(group: Group) -> Customer:
    return customer_of(group.sales_a)


@pytest.fixture
def seller(group: Group, client: Client) -> Client:
    return sign_in(client, "xiaoshou.a")


def only(group: Group) -> Opportunity:
    with acting(group.sales_a):
        return Opportunity.objects.get()


def test_from_the_customer_to_the_board_and_the_end(group: Group, firm: Customer, seller: Client) -> None:
    page = seller.get(f"/customers/{firm.pk}/").content.decode()
    assert f"/opportunities/add/?customer={firm.pk}" in page
    typed = {"name": "<b>年货</b>", "stage": "contact", "amount": "1.28万", "next_step": "报价"}
    told = seller.post(f"/opportunities/add/?customer={firm.pk}", typed, follow=True).content.decode()
    assert "&lt;b&gt;年货&lt;/b&gt;" in told and "¥12,800" in told and "<b>年货" not in told
    made = only(group)
    board = seller.get("/opportunities/").content.decode()
    assert "初步接触 1" in board and "东方餐饮" in board
    seen = made.changed_at.isoformat()
    told = seller.post(f"/opportunities/{made.pk}/move/", {"stage": "quote", "seen": seen}, follow=True)
    assert "已移到“方案报价”" in told.content.decode() and "方案报价 1" in told.content.decode()
    told = seller.post(f"/opportunities/{made.pk}/move/", {"stage": "need", "seen": seen}, follow=True)
    assert "刚刚被xiaoshou.a" in told.content.decode() and only(group).stage == "quote"
    asked = seller.post(f"/opportunities/{made.pk}/move/", {"stage": "lost"}, follow=True)
    assert "输单原因" in asked.content.decode()
    wrong = seller.post(f"/opportunities/{made.pk}/lose/", {"note": "再说"})
    assert wrong.status_code == 422 and "请选择输单原因" in wrong.content.decode() and "再说" in wrong.content.decode()
    seller.post(f"/opportunities/{made.pk}/lose/", {"reason": "rival"})
    assert only(group).lost_reason == "rival"
    timeline = seller.get(f"/customers/{firm.pk}/").content.decode()
    assert "登记商机“&lt;b&gt;年货&lt;/b&gt;”" in timeline and "输单" in timeline
    seller.post(f"/opportunities/{made.pk}/reopen/")
    seller.post(f"/opportunities/{made.pk}/win/", {"amount": "9000"})
    assert (only(group).state, only(group).amount) == ("won", 9000)
    history = seller.get(f"/opportunities/{made.pk}/").content.decode()
    assert "重新打开商机" in history and "选了竞争对手" in history


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"name": ""}, "请填写商机名称"),
        ({"name": "长" * 500}, "商机名称最多100个字"),
        ({"name": "a\x00b"}, "空字符"),
        ({"name": "x", "amount": "一大笔"}, "不是金额"),
        ({"name": "x", "amount": "-5"}, "金额不能小于零"),
        ({"name": "x", "amount": "NaN"}, "不是金额"),
        ({"name": "x", "amount": "9" * 14}, "金额太大"),
        ({"name": "x", "expected_on": "31.12.2026"}, "不是日期"),
        ({"name": "x", "expected_on": "9999-01-01"}, "预计成交日期要在"),
        ({"name": "x", "stage": "nirvana"}, "nirvana"),
    ],
)
def test_what_can_t_be_kept_comes_back_with_a_sentence(
    group: Group, firm: Customer, seller: Client, typed: dict[str, str], words: str
) -> None:
    answer = seller.post(f"/opportunities/add/?customer={firm.pk}", {"stage": "lead", **typed})
    assert answer.status_code == 422 and words in answer.content.decode()


def test_a_customer_is_found_by_name_while_one_types(group: Group, firm: Customer, seller: Client) -> None:
    assert "东方餐饮" in seller.get("/opportunities/customers/?q=东方").content.decode()
    assert "东方餐饮" not in seller.get("/opportunities/customers/?q=").content.decode()
    seller.post("/opportunities/add/", {"customer": "东方餐饮", "name": "年货", "stage": "lead"})
    assert only(group).customer_id == firm.pk
    wrong = seller.post("/opportunities/add/", {"customer": "无此人", "name": "年货", "stage": "lead"})
    assert wrong.status_code == 422 and "先登记客户" in wrong.content.decode()
    customer_of(group.sales_a)
    wrong = seller.post("/opportunities/add/", {"customer": "东方餐饮", "name": "年货", "stage": "lead"})
    assert "有几位客户叫" in wrong.content.decode()
    for address in ("not-an-id", "00000000-0000-0000-0000-000000000001"):
        assert seller.get(f"/opportunities/add/?customer={address}").status_code == 404


def test_what_somebody_changed_meanwhile_isn_t_overwritten(group: Group, firm: Customer, seller: Client) -> None:
    made = offer(group.sales_a, firm)
    typed = {"name": "改名", "seen": AT.isoformat()}
    assert seller.post(f"/opportunities/{made.pk}/change/", typed).status_code == 302
    wrong = seller.post(f"/opportunities/{made.pk}/change/", {**typed, "name": "再改"})
    assert wrong.status_code == 422 and "再改" in wrong.content.decode() and only(group).name == "改名"
    for odd in ("x", "9" * 500):
        assert seller.post(f"/opportunities/{made.pk}/change/", {"name": "x", "seen": odd}).status_code == 422


def test_it_is_assigned_on_a_page(group: Group, firm: Customer, seller: Client) -> None:
    colleague = join(group.company_a, "sales", "xiaoshou.a2", group.system_admin, group.security_admin)
    made = offer(group.sales_a, firm)
    seller.post(f"/opportunities/{made.pk}/assign/", {"owner": colleague.pk})
    assert seller.get(f"/opportunities/{made.pk}/").status_code == 404


def test_programs_list_add_and_move(group: Group, firm: Customer, client: Client) -> None:
    with acting(group.sales_a):
        secret = create_token(member=group.sales_a, name="x", days=1, at=timezone.now())
    headers = {"Authorization": f"Bearer {secret}"}

    def post(path: str, body: dict[str, object]) -> tuple[int, dict[str, object]]:
        answer = client.post(f"/api/v1/opportunities{path}", json.dumps(body), "application/json", headers=headers)
        return answer.status_code, answer.json()

    status, made = post("", {"customer_id": str(firm.pk), "name": "年货", "amount": "100.50"})
    assert status == 201 and (made["stage"], made["customer"]) == ("lead", "东方餐饮")
    status, moved = post(f"/{made['id']}/move", {"stage": "quote", "seen": made["changed_at"]})
    assert status == 200 and moved["stage"] == "quote"
    status, refused = post(f"/{made['id']}/move", {"stage": "need", "seen": made["changed_at"]})
    assert status == 422 and refused["code"] == "changed_meanwhile"
    for wrong in ({"amount": "NaN"}, {"amount": -1}, {"amount": "1e40"}, {"name": ""}, {"name": "a\x00"}):
        status, _ = post("", {"customer_id": str(firm.pk), "name": "x", **wrong})
        assert status in (400, 422), wrong
    listed = client.get("/api/v1/opportunities?month=none&owner=me", headers=headers).json()
    assert (listed["count"], [one["id"] for one in listed["items"]]) == (1, [made["id"]])
    assert client.get(f"/api/v1/opportunities/{made['id']}", headers=headers).json()["stage"] == "quote"
    assert client.get(f"/api/v1/opportunities/{firm.pk}", headers=headers).status_code == 404


def test_the_command_lists_them(group: Group, firm: Customer) -> None:
    offer(group.sales_a, firm, "年货礼盒")
    with acting(group.sales_a):
        secret = create_token(member=group.sales_a, name="x", days=1, at=timezone.now())
    said = CliRunner().invoke(opportunity, ["list", "--format=json"], obj=secret)
    assert [(one["name"], one["customer"], one["amount"]) for one in json.loads(said.output)] == [
        ("年货礼盒", "东方餐饮", "1000.00")
    ]
    assert "年货礼盒  东方餐饮  意向  1,000.00" in CliRunner().invoke(opportunity, ["list"], obj=secret).output


def test_a_company_names_its_stages_and_reasons(group: Group, firm: Customer, client: Client) -> None:
    made = offer(group.sales_a, firm)
    head = join(group.company_a, "marketing", "yingxiao.a", group.system_admin, group.security_admin)
    sign_in(client, "yingxiao.a")
    page = client.get("/opportunities/stages/").content.decode()
    assert 'value="意向"' in page
    typed = {"reasons": "价格\n不合口味\n价格"}
    for place, one in enumerate(reversed(BUILT_IN), 1):
        typed |= {
            f"label_{one.code}": f"新{one.label}",
            f"probability_{one.code}": "50",
            f"place_{one.code}": str(place),
        }
    wrong = client.post("/opportunities/stages/", {**typed, "label_lead": "新谈判", "probability_need": "101"})
    assert wrong.status_code == 422
    client.post("/opportunities/stages/", typed)
    with acting(head):
        stages = stages_of(head.entity_id)
        assert [one.label for one in stages.stages][:2] == ["新谈判", "新方案报价"]
        assert stages.offered == {"price": "价格", "own_8": "不合口味"} and stages.reason("rival") == "选了竞争对手"
        assert Pipeline.objects.count() == 1
        for odd in ([Stage("x", "x", 1)], [*BUILT_IN[:4], Stage("negotiation", "赢单", 1)]):
            with pytest.raises(Refused):
                set_pipeline(entity_id=head.entity_id, stages=odd, reasons=["价格"], actor=head, at=AT)
    assert "新意向 1" in client.get("/opportunities/").content.decode()
    with acting(group.sales_a):
        with pytest.raises(Refused):
            lose_opportunity(opportunity_id=made.pk, reason="rival", actor=group.sales_a, at=AT)
        with pytest.raises(NotAllowed):
            set_pipeline(entity_id=head.entity_id, stages=BUILT_IN, reasons=["价格"], actor=group.sales_a, at=AT)
