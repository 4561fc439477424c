"""What is done for who complained, who decides it, and the proof that it was done (处理结果)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from guiju.complaints.clocks import RETURNED, RETURNED_OTHERWISE
from guiju.complaints.models import Complaint, Limit, Remedy, Step
from guiju.complaints.selectors.remedies import what_of
from guiju.complaints.services import telling
from guiju.complaints.services.agreeing import agree_to_remedies, offered, save_remedy
from guiju.complaints.services.clocks import meet_clocks, put_due, start_clock
from guiju.complaints.services.handling import locked_complaint
from guiju.complaints.services.intake import note_step, words_for
from guiju.complaints.services.telling import tell
from guiju.database.models import new_id
from guiju.database.scope import scope_with
from guiju.evidence.services import Act, record
from guiju.kernel.calendar.clock import CHINA, day_of
from guiju.kernel.errors import Missing, Refused
from guiju.keys.values import seal_into, sealed_values
from guiju.orders.models import Order
from guiju.orders.services.orders import refund_order
from guiju.orders.values import money_problem, yuan
from guiju.organisations.models import Member
from guiju.organisations.permissions import require, sight_of
from guiju.work.models import Approval
from guiju.work.services.approvals import ask_approval, end_decided

APPROVAL = "complaints.remedy"
MONEY = (Remedy.Kind.REFUND, Remedy.Kind.COMPENSATION)
_FIRST_DAY = date(1990, 1, 1)


@dataclass(frozen=True)
class Offer:
    """What is offered: `amount` for money only."""

    kind: str
    terms: str
    amount: Decimal | None = None


@dataclass(frozen=True)
class Proof:
    """That it was done: when, for how much, and by what it can be seen (流水号、快递单号)."""

    on: date
    note: str
    amount: Decimal | None = None


@transaction.atomic
def offer_remedy(*, complaint_id: UUID, offer: Offer, actor: Member, at: datetime, seen: int | None = None) -> Remedy:
    """Offer what is to be done (提出处理结果); above the company's limit somebody else allows it first."""
    found = locked_complaint(complaint_id, actor, "complaint.handle", at, seen)
    if found.state not in (Complaint.State.ACCEPTED, Complaint.State.ANSWERED):
        raise Refused("not_accepted", "先决定受理，再提出处理结果；已办结的先重新办理")
    _check(offer)
    terms = words_for("terms", offer.terms, "请写明怎样做：退什么、换什么、什么时候")
    act = Act("complaints.offer_remedy", actor, at)
    with scope_with(found.entity_id):
        limit = limit_of(found.entity_id, offer.kind)
        needs_more = offer.amount is not None and offer.amount > limit
        made = Remedy(
            id=new_id(),
            entity_id=found.entity_id,
            complaint=found,
            kind=offer.kind,
            amount=offer.amount,
            state=Remedy.State.WAITING if needs_more else Remedy.State.OFFERED,
            made_by=actor,
            made_at=at,
        )
        seal_into(made, "sealed", {"terms": terms})
        made.save(force_insert=True)
        record(act, entity_id=made.entity_id, subject=made)
        _note(made, Step.Kind.OFFERED, act, terms, is_public=not needs_more)
    if needs_more:
        what = f"投诉 {found.number}：{what_of(made)}"
        why = f"超过经办人可以决定的 {yuan(limit)} 元"
        ask_approval(
            kind=APPROVAL, subject_id=made.pk, entity_id=made.entity_id, title=what, reason=why, actor=actor, at=at
        )
    return made


def limit_of(entity_id: UUID, kind: str) -> Decimal:
    """Up to which amount an agent decides; nothing where the company has set nothing."""
    found = Limit.objects.filter(entity_id=entity_id, kind=kind).first()
    return found.amount if found else Decimal(0)


def allow_remedy(approval: Approval, actor: Member, at: datetime) -> None:
    """What was asked for is allowed: who complained may hear of it."""
    _decide(approval, Remedy.State.OFFERED, Step.Kind.GRANTED, Act("complaints.allow_remedy", actor, at))


def deny_remedy(approval: Approval, actor: Member, at: datetime) -> None:
    """Not allowed, taken back, or nobody decided in time."""
    _decide(approval, Remedy.State.DENIED, Step.Kind.DENIED, Act("complaints.deny_remedy", actor, at))


def _decide(approval: Approval, state: Remedy.State, kind: Step.Kind, act: Act) -> None:
    with scope_with(approval.entity_id):
        made = Remedy.objects.select_for_update(of=("self",)).select_related("complaint").get(pk=approval.subject_id)
        if made.state != Remedy.State.WAITING:
            return
        made.state = state
        save_remedy(made, act)
        text = f"{what_of(made)}：审批{approval.get_state_display()}"
        by = Act(act.action, act.actor if _is_of(act.actor, made.entity_id) else None, act.at)
        note_step(made.complaint, kind, by, text=text, data={"remedy": str(made.pk)})


def _is_of(actor: object, entity_id: UUID) -> bool:
    """A step names members of its own company: who is above it stands in the approval."""
    return isinstance(actor, Member) and actor.entity_id == entity_id


@transaction.atomic
def drop_remedy(*, remedy_id: UUID, reason: str, actor: Member, at: datetime, seen: int | None = None) -> Remedy:
    """Take back what was offered (撤回处理结果), before who complained has agreed."""
    made = _locked(remedy_id, actor, at, seen)
    if made.state not in (Remedy.State.WAITING, Remedy.State.OFFERED):
        raise Refused("remedy_settled", f"这项处理结果{made.get_state_display()}，不能撤回")
    if made.returned_on is not None:
        raise Refused("goods_back", "商品已经退回，退款不能撤回")
    words = words_for("reason", reason, "请写明为什么撤回")
    act = Act("complaints.drop_remedy", actor, at)
    end_decided(kind=APPROVAL, subject_id=made.pk, act=act, state=Approval.State.WITHDRAWN)
    with scope_with(made.entity_id):
        was_public = made.state == Remedy.State.OFFERED
        made.state = Remedy.State.DROPPED
        save_remedy(made, act)
        note_step(made.complaint, Step.Kind.DROPPED, act, text=f"{what_of(made)}：{words}", is_public=was_public)
    return made


@transaction.atomic
def fulfil_remedy(*, remedy_id: UUID, proof: Proof, actor: Member, at: datetime, seen: int | None = None) -> Remedy:
    """Note that what was promised is done, with its proof (兑现处理结果); the order's refund is registered with it."""
    made = _locked(remedy_id, actor, at, seen)
    if made.state not in (Remedy.State.OFFERED, Remedy.State.AGREED):
        raise Refused("remedy_settled", f"这项处理结果{made.get_state_display()}，不能登记兑现")
    note = words_for("note", proof.note, "请写明凭证：转账流水号、退款单号、快递单号，或谁签收的")
    if proof.on > day_of(at) or proof.on < _FIRST_DAY:
        raise Refused("day_wrong", f"日期 {proof.on} 不对：请填写实际兑现的日期", field="on")
    if made.amount is not None and proof.amount != made.amount:
        raise Refused(
            "amount_other", f"答应的是 {yuan(made.amount)} 元：付的不一样的，先撤回这项、重新提出", field="amount"
        )
    act = Act("complaints.fulfil_remedy", actor, at)
    if made.kind == Remedy.Kind.REFUND and made.complaint.order_id is not None:
        _refund(made, proof, actor, at)
    with scope_with(made.entity_id):
        made.state, made.done_on = Remedy.State.DONE, proof.on
        seal_into(made, "sealed", {**sealed_values(made, "sealed"), "proof": note})
        save_remedy(made, act)
        if made.kind == Remedy.Kind.REFUND:
            meet_clocks(made.complaint, [RETURNED], f"{proof.on} 退款 {yuan(made.amount)} 元", act)
            made.complaint.save(update_fields=["due_at"])
        step = _note(made, Step.Kind.DONE, act, f"{proof.on}，凭证：{note}", is_public=True)
        tell(made.complaint, telling.TOLD, str(step.pk), act)
    return made


def _refund(made: Remedy, proof: Proof, actor: Member, at: datetime) -> None:
    """In the order as well, once: what stands there already has to be the same."""
    assert made.complaint.order_id is not None and made.amount is not None
    with scope_with(made.entity_id):
        order = Order.objects.get(pk=made.complaint.order_id)
    if order.refunded_on is not None:
        if order.refunded_amount != made.amount:
            raise Refused(
                "order_other",
                f"订单 {order.number} 登记的退款是 {yuan(order.refunded_amount)} 元，这里是 {yuan(made.amount)} 元：请先核对",
                field="amount",
            )
        return
    reason = f"投诉 {made.complaint.number} 的处理结果"
    try:
        refund_order(order_id=order.pk, on=proof.on, amount=made.amount, actor=actor, at=at, reason=reason)
    except Missing:
        raise Refused(
            "order_not_yours", f"退款要登记到订单 {order.number}：请有“登记退款”权限的人先在订单里登记", field="note"
        ) from None


@dataclass(frozen=True)
class GoodsBack:
    """That goods came back: when, and whether within the seven days without a reason."""

    on: date
    is_without_reason: bool = False


@transaction.atomic
def note_goods_back(
    *, remedy_id: UUID, back: GoodsBack, actor: Member, at: datetime, seen: int | None = None
) -> Remedy:
    """Note that goods came back for a refund (收到退货, 消费者权益保护法 第二十五条); its clock starts.

    Where the case is of an order, the return is noted there and the order's own clock runs.
    """
    made = _locked(remedy_id, actor, at, seen)
    if made.kind != Remedy.Kind.REFUND or made.state not in (Remedy.State.OFFERED, Remedy.State.AGREED):
        raise Refused("remedy_other", "只有还没有兑现的退款，才登记收到退货", field="on")
    if made.complaint.order_id is not None:
        raise Refused("order_has_it", f"请在订单 {made.complaint.order_no} 里登记退货：退款期限从那里起算", field="on")
    if made.returned_on is not None:
        raise Refused("returned_already", f"已登记 {made.returned_on} 收到退货", field="on")
    if back.on > day_of(at) or back.on < _FIRST_DAY:
        raise Refused("day_wrong", f"日期 {back.on} 不对：请填写实际收到退货的日期", field="on")
    act = Act("complaints.note_goods_back", actor, at)
    with scope_with(made.entity_id):
        made.returned_on = back.on
        save_remedy(made, act)
        clock = RETURNED if back.is_without_reason else RETURNED_OTHERWISE
        start_clock(made.complaint, clock, act, since=datetime.combine(back.on, time(), CHINA))
        put_due(made.complaint)
        made.complaint.save(update_fields=["due_at"])
        _note(made, Step.Kind.RETURNED, act, f"{back.on} 收到退回的商品", is_public=True)
    return made


@transaction.atomic
def note_agreement(*, complaint_id: UUID, how: str, actor: Member, at: datetime, seen: int | None = None) -> Complaint:
    """Note how it is known that who complained agrees to what is offered (登记消费者同意), where it wasn't on the page."""
    found = locked_complaint(complaint_id, actor, "complaint.handle", at, seen)
    words = words_for("how", how, "请写明怎样知道的：哪一天，电话、当面还是书面，谁说的")
    act = Act("complaints.note_agreement", actor, at)
    with scope_with(found.entity_id):
        if not offered(found):
            raise Refused("nothing_offered", "没有等消费者表态的处理结果：先提出处理结果", field="how")
        agree_to_remedies(found, words, act)
        note_step(found, Step.Kind.AGREED, act, text=words, is_public=True)
    return found


@transaction.atomic
def set_limit(*, entity_id: UUID, kind: str, amount: Decimal, actor: Member, at: datetime) -> Limit:
    """Say up to which amount who handles a complaint decides alone (设定审批额度)."""
    require(actor, "complaint.limit", on=entity_id)
    if kind not in MONEY:
        raise Refused("kind_unknown", "额度只有退款和赔偿两种", field="kind")
    problem = money_problem(amount, "amount", "金额", may_be_none=True)
    if problem:
        raise Refused(problem.code, problem.sentence, field="amount")
    with scope_with(entity_id):
        made = Limit.objects.select_for_update(of=("self",)).filter(entity_id=entity_id, kind=kind).first()
        made = made or Limit(id=new_id(), entity_id=entity_id, kind=kind)
        made.amount, made.changed_at = amount, at
        made.save()
        record(Act("complaints.set_limit", actor, at), entity_id=entity_id, subject=made)
    return made


def _check(offer: Offer) -> None:
    if offer.kind not in Remedy.Kind.values:
        raise Refused("kind_unknown", f"方式可选：{'、'.join(Remedy.Kind.labels)}", field="kind")
    if offer.kind not in MONEY:
        if offer.amount is not None:
            raise Refused("amount_odd", "只有退款和赔偿有金额：另付的钱请作为赔偿再提一项", field="amount")
        return
    if offer.amount is None:
        raise Refused("amount_missing", "请填写金额", field="amount")
    problem = money_problem(offer.amount, "amount", "金额")
    if problem:
        raise Refused(problem.code, problem.sentence, field="amount")


def _locked(remedy_id: UUID, actor: Member, at: datetime, seen: int | None) -> Remedy:
    """The case first, as everybody who works at it does; then what was offered in it."""
    with scope_with(*sight_of(actor, "complaint.handle", on=day_of(at)).scope):
        of = Remedy.objects.filter(pk=remedy_id).values_list("complaint_id", flat=True).first()
    if of is None:
        raise Missing("remedy_missing", "没有这项处理结果，或您的角色不能办理")
    found = locked_complaint(of, actor, "complaint.handle", at, seen)
    with scope_with(found.entity_id):
        made = Remedy.objects.select_for_update(of=("self",)).get(pk=remedy_id)
    made.complaint = found
    return made


def _note(made: Remedy, kind: Step.Kind, act: Act, text: str, *, is_public: bool) -> Step:
    text, data = f"{what_of(made)}：{text}", {"remedy": str(made.pk)}
    return note_step(made.complaint, kind, act, text=text, is_public=is_public, data=data)
