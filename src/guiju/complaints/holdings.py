"""What belongs to a case (投诉的附件)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from guiju.complaints.selectors import attachments
from guiju.complaints.services.handling import locked_complaint
from guiju.files.registry import Owner, OwnerKind, register_owner
from guiju.organisations.models import Member


def _locked(member: Member, complaint_id: UUID, at: datetime) -> Owner:
    return attachments.owner_for_staff(locked_complaint(complaint_id, member, "complaint.read", at))


register_owner(
    OwnerKind(
        attachments.KIND,
        "投诉",
        attachments.case_seen,
        _locked,
        born=lambda complaint_id: None,
        ended=attachments.closed_on,
    )
)
