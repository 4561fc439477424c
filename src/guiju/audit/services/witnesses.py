"""Somebody outside is given a checkpoint (外部见证)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from guiju.audit.selectors import root_for
from guiju.evidence.services.anchoring import hand_out_witness
from guiju.kernel.errors import Refused
from guiju.organisations.models import Member
from guiju.organisations.permissions import require

LONGEST_LABEL = 100


@transaction.atomic
def register_witness(*, label: str, actor: Member, at: datetime) -> None:
    """Write down who keeps the newest checkpoint outside (登记外部见证): a sheet, a mailbox, an authority."""
    require(actor, "evidence.witness", on=root_for(actor))
    label = " ".join(label.split())
    if not 1 < len(label) <= LONGEST_LABEL:
        raise Refused("witness_label", f"请写明交给谁保管（2至{LONGEST_LABEL}字），例如：某会计师事务所", field="label")
    hand_out_witness(label=label, by=actor.pk, at=at)
