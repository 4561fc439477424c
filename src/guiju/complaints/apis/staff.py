"""Complaints over HTTP for programs of the company, with a member's token."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.utils import timezone
from ninja import Field, Router, Schema

from guiju.api.errors import ANSWERS
from guiju.complaints.doors import address_of_door
from guiju.complaints.handovers import HandedOver
from guiju.complaints.services.handing import hand_over_to_door
from guiju.organisations.signin import MemberRequest

router = Router(tags=["投诉"])


class HandoverIn(Schema):
    """Who is signed in in the app, and what they are looking at."""

    name: Annotated[str, Field(max_length=200)] = ""
    phone: Annotated[str, Field(max_length=40, description="应用已经核验过的手机")] = ""
    order_no: Annotated[str, Field(max_length=200)] = ""


class HandoverOut(Schema):
    url: Annotated[str, Field(description="在网页视图里打开")]
    until: datetime


@router.post("/complaints/handovers", response={200: HandoverOut, **ANSWERS}, operation_id="hand_over_to_door")
def hand_over(request: MemberRequest, body: HandoverIn) -> dict[str, Any]:
    """手机应用移交：把登录人的称呼、手机、订单号带到投诉页，不用再填；15分钟内有效。"""
    said = HandedOver(body.name, body.phone, body.order_no)
    made = hand_over_to_door(said=said, actor=request.member, at=timezone.now())
    return {"url": address_of_door(request.member.entity, **{"from": "app", "token": made.token}), "until": made.until}
