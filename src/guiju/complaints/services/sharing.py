"""Who gets which case: by rules when it comes in, and from hand to hand at the end of a shift (分派与交接)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from guiju.complaints.models import Complaint, Route, Step
from guiju.complaints.services.handling import locked_complaint, refuse_unfit, take_case
from guiju.complaints.services.intake import note_step, words_for
from guiju.database.models import new_id
from guiju.database.scope import scope_with
from guiju.evidence.services import Act, record
from guiju.kernel.errors import Missing, Refused
from guiju.orders.models import Product
from guiju.organisations.models import Member
from guiju.organisations.permissions import require

MOST_AT_ONCE = 500


@transaction.atomic
def add_route(*, to: Member, product: Product | None, actor: Member, at: datetime) -> Route:
    """Let somebody get new complaints (设定分派规则), of one product or of all that no other rule names."""
    require(actor, "complaint.assign", on=actor.entity_id)
    refuse_unfit(to, actor.entity_id)
    if product is not None and product.entity_id != actor.entity_id:
        raise Missing("product_missing", "没有这个产品，或您的角色看不到它")
    with scope_with(actor.entity_id):
        if Route.objects.filter(entity_id=actor.entity_id, member=to, product=product, ended_at=None).exists():
            raise Refused("route_there", "已经有这条规则", field="to")
        made = Route(id=new_id(), entity_id=actor.entity_id, member=to, product=product, made_at=at)
        made.save(force_insert=True)
        record(Act("complaints.add_route", actor, at), entity_id=made.entity_id, subject=made)
    return made


@transaction.atomic
def end_route(*, route_id: UUID, actor: Member, at: datetime) -> Route:
    """Take a rule away (停用分派规则); what is in hand stays there."""
    require(actor, "complaint.assign", on=actor.entity_id)
    with scope_with(actor.entity_id):
        rows = Route.objects.select_for_update(of=("self",)).filter(entity_id=actor.entity_id, ended_at=None)
        made = rows.filter(pk=route_id).first()
        if made is None:
            raise Missing("route_missing", "没有这条分派规则，或已停用")
        made.ended_at = at
        made.save(update_fields=["ended_at"])
        record(Act("complaints.end_route", actor, at), entity_id=made.entity_id, subject=made)
    return made


@transaction.atomic
def hand_over_cases(
    *, of: Member, complaint_ids: Sequence[UUID], to: Member, note: str, actor: Member, at: datetime
) -> list[Complaint]:
    """Give the cases that somebody has in hand to somebody else (交接投诉), all or chosen ones, with a word about them."""
    require(actor, "complaint.assign", on=actor.entity_id)
    refuse_unfit(to, actor.entity_id)
    if of.pk == to.pk:
        raise Refused("same_hands", "交给的是同一个人", field="to")
    words = words_for("note", note, "请写交接的说明：办到哪一步，要注意什么")
    act = Act("complaints.hand_over_cases", actor, at)
    with scope_with(actor.entity_id):
        rows = Complaint.objects.filter(entity_id=actor.entity_id, holder=of, closed_at=None).order_by("pk")
        held = list((rows.filter(pk__in=complaint_ids) if complaint_ids else rows).values_list("pk", flat=True))
    if not held:
        raise Refused("nothing_held", "没有要交接的投诉", field="of")
    if len(held) > MOST_AT_ONCE:
        raise Refused("too_many", f"一次最多交接{MOST_AT_ONCE}件：请选一部分", field="of")
    moved = []
    for pk in held:
        found = locked_complaint(pk, actor, "complaint.assign", at)
        if found.holder_id != of.pk or not found.is_open:
            continue
        with scope_with(found.entity_id):
            take_case(found, to, act)
            note_step(found, Step.Kind.NOTED, act, text=f"交接：{words}")
            found.save()
            record(act, entity_id=found.entity_id, subject=found)
        moved.append(found)
    return moved
