"""The company's own app opens the page for somebody who is signed in there (手机应用的移交)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from guiju.complaints.handovers import GOOD_FOR, HandedOver, sealed_handover
from guiju.complaints.services.intake import LONGEST_NAME, LONGEST_ORDER
from guiju.kernel.cells import phone_text
from guiju.kernel.errors import Refused
from guiju.kernel.identifiers import Invalid
from guiju.organisations.models import Member
from guiju.organisations.permissions import require


@dataclass(frozen=True)
class Handover:
    """What the app puts behind the address, and until when it is good."""

    token: str
    until: datetime


def hand_over_to_door(*, said: HandedOver, actor: Member, at: datetime) -> Handover:
    """Hand name and phone of who is signed in in the app to the public page (移交到投诉页).

    Nothing is written: what comes of it is a complaint, or nothing.
    """
    require(actor, "complaint.add", on=actor.entity_id)
    try:
        phone = phone_text(said.phone) if said.phone.strip() else ""
    except Invalid as invalid:
        raise Refused(invalid.code, invalid.sentence, field="phone") from None
    name, order_no = said.name.strip(), said.order_no.strip()
    if len(name) > LONGEST_NAME or len(order_no) > LONGEST_ORDER:
        raise Refused("text_long", f"称呼最多{LONGEST_NAME}个字，订单号最多{LONGEST_ORDER}个", field="name")
    whole = HandedOver(name, phone, order_no)
    return Handover(sealed_handover(actor.entity_id, whole, at=at), at + GOOD_FOR)
