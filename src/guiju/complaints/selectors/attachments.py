"""Complaints as what files belong to (投诉的附件): photos, videos and papers of who complained, and those of staff."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from uuid import UUID

from django.urls import reverse
from django.utils import timezone

from guiju.complaints.models import Complaint
from guiju.complaints.selectors.cases import reading_complaints
from guiju.files.models import Attachment
from guiju.files.records import NAME, SENSITIVE_NAME
from guiju.files.registry import Owner
from guiju.kernel.calendar.clock import day_of
from guiju.organisations.models import Member
from guiju.privacy.selectors.notices import Told
from guiju.privacy.terms import Basis

KIND = "complaint"

_AT_THE_DOOR = Told(items={name: {"complaints": Basis.CONTRACT} for name in (NAME, SENSITIVE_NAME)})
"""The page says it beside the field: files are for this complaint and for nothing else."""


def owner_of_case(case: Complaint, address: str = "") -> Owner:
    """A case has no person of the register behind it: what is kept of who complained goes with the case.

    `address` is where staff see it; the public listener has no such page.
    """
    return Owner(
        KIND,
        case.pk,
        case.entity_id,
        f"投诉 {case.number}",
        address,
        str,
        is_in_hands=False,
        told=_AT_THE_DOOR,
    )


def owner_for_staff(case: Complaint) -> Owner:
    return owner_of_case(case, reverse("complaint_detail", args=[case.pk]) + "#files")


def case_seen(member: Member, complaint_id: UUID, on: date) -> Owner:
    with reading_complaints(member, at=timezone.now(), on=on) as seen:
        return owner_for_staff(seen.case(complaint_id))


def closed_on(cases: Collection[UUID]) -> Mapping[UUID, date | None]:
    """When each ended: from then on the time counts for which its files are kept."""
    rows = Complaint.objects.filter(pk__in=cases).values_list("pk", "closed_at")
    return {pk: closed_at and day_of(closed_at) for pk, closed_at in rows}


def files_of_complainant(case: Complaint) -> Sequence[Attachment]:
    """What who complained has sent, as their page names it."""
    rows = Attachment.objects.filter(entity_id=case.entity_id, owner_kind=KIND, owner_id=case.pk, by=None)
    return list(rows.filter(removed_at=None, erased_at=None).order_by("made_at", "pk"))
