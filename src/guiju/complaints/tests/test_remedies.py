"""What is done for who complained: offered within a limit, agreed, proved; and nothing closed as paid without proof."""

from __future__ import annotations

import io
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import Client, override_settings
from pypdf import PdfReader

from guiju.complaints.models import Complaint, Remedy
from guiju.complaints.services.care import care_for_complaints
from guiju.complaints.services.complainant import Key, agree_to_answer
from guiju.complaints.services.handling import Closing, accept_complaint, answer_complaint, close_complaint
from guiju.complaints.services.remedies import (
    Offer,
    Proof,
    drop_remedy,
    fulfil_remedy,
    note_agreement,
    offer_remedy,
    set_limit,
)
from guiju.complaints.tests.factories import again, agent_of, complain
from guiju.complaints.tests.test_handling import texts_of
from guiju.database.scope import scope
from guiju.kernel.errors import Missing, NotAllowed, Refused
from guiju.orders.models import Order
from guiju.orders.tests.factories import a_shop, some_order
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, sign_in
from guiju.work.models import Approval
from guiju.work.services.approvals import decide_approval

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(hours=2)
TODAY = LATER.date()


@pytest.fixture
def agent(group: Group) -> Member:
    return agent_of(group)


@pytest.fixture
def taken(group: Group, agent: Member):
    found = complain(group.company_a, name="李女士", wish="refund")
    care_for_complaints(at=AT)
    with acting(agent):
        accept_complaint(complaint_id=found.complaint.pk, actor=agent, at=AT)
    return found


def limit(group: Group, amount: str) -> None:
    with acting(group.compliance):
        set_limit(entity_id=group.company_a.pk, kind="refund", amount=Decimal(amount), actor=group.compliance, at=AT)


def offer(
    case: Complaint, agent: Member, kind: str = "refund", amount: str | None = "100", terms: str = "原路退"
) -> Remedy:
    money = Decimal(amount) if amount is not None else None
    with acting(agent):
        return offer_remedy(complaint_id=case.pk, offer=Offer(kind, terms, money), actor=agent, at=LATER)


def fulfil(made: Remedy, agent: Member, amount: str | None = "100", note: str = "流水号 42") -> Remedy:
    money = Decimal(amount) if amount is not None else None
    with acting(agent):
        return fulfil_remedy(remedy_id=made.pk, proof=Proof(TODAY, note, money), actor=agent, at=LATER)


def state_of(made: Remedy) -> str:
    with scope(entities={made.entity_id}):
        return Remedy.objects.get(pk=made.pk).state


def close(case: Complaint, agent: Member, result: str, text: str = "办完了") -> Complaint:
    with acting(agent):
        return close_complaint(complaint_id=case.pk, how=Closing(text, "", result), actor=agent, at=LATER)


def answer(case: Complaint, agent: Member) -> None:
    with acting(agent):
        answer_complaint(complaint_id=case.pk, text="给您退款", actor=agent, at=LATER)


def test_up_to_the_limit_the_agent_decides_and_above_it_somebody_else(group: Group, agent: Member, taken) -> None:
    limit(group, "100")
    assert offer(taken.complaint, agent).state == "offered"
    above = offer(taken.complaint, agent, amount="100.01")
    assert above.state == "waiting"
    with acting(agent), pytest.raises(Refused, match="还在审批"):
        answer_complaint(complaint_id=taken.complaint.pk, text="退", actor=agent, at=LATER)

    with acting(group.compliance):
        asked = Approval.objects.get(kind="complaints.remedy")
        assert taken.complaint.number in asked.title and "100.01" in asked.title
        with pytest.raises(NotAllowed):
            decide_approval(approval_id=asked.pk, allows=True, note="", actor=agent, at=LATER)
        decide_approval(approval_id=asked.pk, allows=True, note="", actor=group.compliance, at=LATER)
    assert state_of(above) == "offered"
    assert ("granted", "退款 100.01 元：审批已同意") in texts_of(taken.complaint, public=False)


def test_without_a_limit_all_money_is_asked_for_and_what_is_no_money_never(group: Group, agent: Member, taken) -> None:
    assert offer(taken.complaint, agent, amount="0.01").state == "waiting"
    assert offer(taken.complaint, agent, "exchange", None, "换一盒").state == "offered"


def test_what_was_not_allowed_is_not_offered_and_can_be_offered_otherwise(group: Group, agent: Member, taken) -> None:
    made = offer(taken.complaint, agent)
    with acting(group.compliance):
        asked = Approval.objects.get(kind="complaints.remedy")
        decide_approval(approval_id=asked.pk, allows=False, note="先核实", actor=group.compliance, at=LATER)
    assert state_of(made) == "denied"
    with pytest.raises(Refused, match="不能登记兑现"):
        fulfil(made, agent)


def test_taken_back_it_waits_for_nobody(group: Group, agent: Member, taken) -> None:
    made = offer(taken.complaint, agent)
    with acting(agent):
        drop_remedy(remedy_id=made.pk, reason="写错了金额", actor=agent, at=LATER)
        assert Approval.objects.get(kind="complaints.remedy").state == "withdrawn"
    assert state_of(made) == "dropped"


@pytest.mark.parametrize(
    ("kind", "amount", "sentence"),
    [
        ("refund", None, "请填写金额"),
        ("refund", "0", "大于零"),
        ("refund", "1.001", "2位小数"),
        ("refund", "NaN", "不是一个数"),
        ("exchange", "1", "只有退款和赔偿有金额"),
        ("gold", None, "方式可选"),
    ],
)
def test_an_offer_that_makes_no_sense_is_refused(
    group: Group, agent: Member, taken, kind: str, amount: str | None, sentence: str
) -> None:
    with pytest.raises(Refused, match=sentence):
        offer(taken.complaint, agent, kind, amount)


def test_agreed_on_the_page_and_paid_with_proof_it_is_closed_as_refunded(group: Group, agent: Member, taken) -> None:
    limit(group, "500")
    case = taken.complaint
    made = offer(case, agent)
    answer(case, agent)
    with scope(entities={case.entity_id}):
        agree_to_answer(key=Key(case.number, taken.code), agrees=True, text="", at=LATER)
    assert state_of(made) == "agreed"
    with pytest.raises(Refused, match="先登记兑现和凭证"):
        close(case, agent, "refunded")
    with pytest.raises(Refused, match=r"答应的是 100\.00 元"):
        fulfil(made, agent, "99")
    with pytest.raises(Refused, match="请写明凭证"):
        fulfil(made, agent, note=" ")
    fulfil(made, agent)
    assert close(case, agent, "refunded").result == "refunded"
    assert ("done", "退款 100.00 元：2026-11-24，凭证：流水号 42") in texts_of(case)


@pytest.mark.parametrize(
    ("result", "text"),
    [("refunded", "办完了"), ("other", "已退款，原路退回"), ("compensated", "好了"), ("repaired", "好")],
)
def test_nothing_is_closed_as_paid_without_proof(group: Group, agent: Member, taken, result: str, text: str) -> None:
    answer(taken.complaint, agent)
    with pytest.raises(Refused, match=r"还没有.*的凭证"):
        close(taken.complaint, agent, result, text)
    assert again(taken.complaint).state == "answered"


def test_how_their_word_is_known_is_noted_and_a_no_ends_the_offer(group: Group, agent: Member, taken) -> None:
    limit(group, "500")
    case = taken.complaint
    with acting(agent), pytest.raises(Refused, match="没有等消费者表态"):
        note_agreement(complaint_id=case.pk, how="电话", actor=agent, at=LATER)
    first = offer(case, agent)
    answer(case, agent)
    with scope(entities={case.entity_id}):
        agree_to_answer(key=Key(case.number, taken.code), agrees=False, text="太少", at=LATER)
    assert state_of(first) == "declined"
    second = offer(case, agent, amount="200")
    with acting(agent):
        note_agreement(complaint_id=case.pk, how="11月24日电话，本人同意", actor=agent, at=LATER)
    assert state_of(second) == "agreed"
    with acting(agent), pytest.raises(Refused, match="不能撤回"):
        drop_remedy(remedy_id=second.pk, reason="算了", actor=agent, at=LATER)


@pytest.fixture
def ordered(group: Group, agent: Member):
    seller, customer, product = a_shop(group)
    order = some_order(seller, customer, product, number="D-7", delivered_on=date(2026, 11, 2))
    found = complain(group.company_a, wish="refund", order_no="D-7")
    care_for_complaints(at=AT)
    with acting(agent):
        accept_complaint(complaint_id=found.complaint.pk, actor=agent, at=AT)
    limit(group, "500")
    return order, found.complaint


def test_the_refund_is_registered_in_the_order_too(group: Group, agent: Member, ordered) -> None:
    order, case = ordered
    fulfil(offer(case, agent), agent)
    with acting(agent):
        found = Order.objects.get(pk=order.pk)
    assert (found.refunded_on, found.refunded_amount) == (TODAY, Decimal("100.00"))
    with pytest.raises(Refused, match=r"登记的退款是 100\.00 元"):
        fulfil(offer(case, agent, amount="50"), agent, "50")


def test_who_may_not_handle_the_case_touches_none_of_its_remedies(group: Group, agent: Member, taken) -> None:
    made = offer(taken.complaint, agent)
    for member in (group.sales_a, agent_of(group, group.company_b)):
        with acting(member), pytest.raises(Missing):
            fulfil_remedy(remedy_id=made.pk, proof=Proof(TODAY, "x", Decimal(100)), actor=member, at=LATER)
    with acting(agent), pytest.raises(NotAllowed, match="审批额度"):
        set_limit(entity_id=group.company_a.pk, kind="refund", amount=Decimal(10), actor=agent, at=AT)
    for amount in ("-1", "NaN", "1e15"):
        with pytest.raises(Refused):
            limit(group, amount)


def test_the_pages_offer_prove_and_print_the_agreement(group: Group, agent: Member, taken, client: Client) -> None:
    limit(group, "500")
    case = taken.complaint
    sign_in(client, agent.user.username)
    base = f"/complaints/{case.pk}/"
    assert "大于零" in client.post(f"{base}remedy/", {"kind": "refund", "amount": "0", "terms": "退"}).content.decode()
    client.post(f"{base}remedy/", {"kind": "refund", "amount": "268", "terms": "原路退回"})
    refused = client.get(f"{base}agreement.pdf")
    assert refused.status_code == 422 and "还没有消费者同意" in refused.content.decode()
    client.post(f"{base}agreed/", {"text": "电话里同意"})
    printed = client.get(f"{base}agreement.pdf")
    words = "".join(page.extract_text() for page in PdfReader(io.BytesIO(printed.content)).pages)
    for said in ("和解协议", group.company_a.name, "李女士", case.number, "退款 268.00 元", "记录摘要"):
        assert said.replace(" ", "") in words.replace(" ", "").replace("\n", "")
    with acting(agent):
        made = Remedy.objects.get()
    done = client.post(f"{base}remedy/{made.pk}/fulfil/", {"on": "2026-11-24", "amount": "268", "note": "流水 9"})
    assert done.status_code == 302 and state_of(made) == "done"
    with override_settings(ROOT_URLCONF="guiju.project.public_urls"):
        shown = Client().get(f"/complaint/{case.number}/{taken.code}/").content.decode()
    assert "退款 268.00 元" in shown and "流水 9" in shown


def test_the_page_of_limits_is_for_who_may_set_them(group: Group, agent: Member, client: Client) -> None:
    sign_in(client, agent.user.username)
    assert client.get("/complaints/limits/").status_code == 403
    other = Client()
    sign_in(other, group.compliance.user.username)
    other.post("/complaints/limits/", {"company": str(group.company_a.pk), "kind": "refund", "amount": "300"})
    assert "300.00" in other.get("/complaints/limits/").content.decode()
