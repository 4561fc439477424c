"""What who complained says to what was offered, and what has to be so before a case is answered or closed."""

from __future__ import annotations

from guiju.complaints.clocks import RETURNED
from guiju.complaints.models import Complaint, Remedy
from guiju.complaints.selectors.remedies import what_of
from guiju.deadlines.models import Duty
from guiju.deadlines.selectors.duties import RUNNING
from guiju.evidence.services import Act, record
from guiju.kernel.errors import Refused
from guiju.keys.values import seal_into, sealed_values

_PROVED_BY = {
    Complaint.Result.REFUNDED: (Remedy.Kind.REFUND, ("已退款", "已经退款", "款已退")),
    Complaint.Result.COMPENSATED: (Remedy.Kind.COMPENSATION, ("已赔偿", "已经赔偿")),
    Complaint.Result.EXCHANGED: (Remedy.Kind.EXCHANGE, ()),
    Complaint.Result.REPAIRED: (Remedy.Kind.REPAIR, ()),
}
"""Which remedy has to be done for a result, and the words that say the same."""


def agree_to_remedies(found: Complaint, how: str, act: Act) -> None:
    """They agree to all that is offered; in the company's scope."""
    for made in offered(found):
        made.state, made.agreed_at = Remedy.State.AGREED, act.at
        seal_into(made, "sealed", {**sealed_values(made, "sealed"), "agreed": how})
        save_remedy(made, act)


def decline_remedies(found: Complaint, act: Act) -> None:
    """They agree to nothing that is offered; in the company's scope."""
    for made in offered(found):
        made.state = Remedy.State.DECLINED
        save_remedy(made, act)


def offered(found: Complaint) -> list[Remedy]:
    rows = Remedy.objects.select_for_update(of=("self",)).filter(complaint=found, state=Remedy.State.OFFERED)
    return list(rows.order_by("made_at", "pk"))


def save_remedy(made: Remedy, act: Act) -> None:
    made.save()
    record(act, entity_id=made.entity_id, subject=made)


def refuse_unallowed(found: Complaint) -> None:
    """Nobody is promised what somebody else still decides about."""
    waiting = Remedy.objects.filter(complaint=found, state=Remedy.State.WAITING).first()
    if waiting is not None:
        raise Refused("remedy_waiting", f"{what_of(waiting)}还在审批：审批以后再答复，或先撤回这一项", field="text")


def refuse_unsettled(found: Complaint, result: str, words: str) -> None:
    """Nothing is closed as paid without proof, and nothing while a promise is open."""
    if result not in Complaint.Result.values:
        raise Refused("result_unknown", f"结果可选：{'、'.join(Complaint.Result.labels)}", field="result")
    rows = list(Remedy.objects.filter(complaint=found))
    for made in rows:
        if made.state in (Remedy.State.WAITING, Remedy.State.OFFERED, Remedy.State.AGREED):
            raise Refused(
                "remedy_open", f"{what_of(made)}{made.get_state_display()}：先登记兑现和凭证，或者撤回", field="result"
            )
    if Duty.objects.filter(subject_id=found.pk, kind=RETURNED.kind, state__in=RUNNING).exists():
        raise Refused("goods_back", "商品已经退回，还没有退款：先登记退款的凭证，再办结", field="result")
    done = {one.kind for one in rows if one.state == Remedy.State.DONE}
    for named, (kind, said) in _PROVED_BY.items():
        by_words = next((one for one in said if one in words), "")
        if kind not in done and (result == named or by_words):
            what, label = f"“{by_words or named.label}”", kind.label
            field = "result" if result == named else "text"
            raise Refused(
                "proof_missing", f"还没有{label}的凭证，不能按{what}办结：先提出{label}并登记兑现", field=field
            )
