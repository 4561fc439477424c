"""Reads of files, for who sees what they belong to (附件的查看)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from django.db.models import Count

from guiju.database.scope import require_scope, scope_with
from guiju.files.models import Attachment
from guiju.files.records import FIELD, NAME, RECORD, SENSITIVE
from guiju.files.registry import OWNERS, Owner
from guiju.kernel.errors import Missing, Refused
from guiju.organisations.models import Entity, Member
from guiju.organisations.permissions import allows, reach_of, refusal_of, sight_of
from guiju.organisations.registry import PURPOSES
from guiju.privacy.ages import answerer_of
from guiju.privacy.collecting import Circumstances, refusal_to_see
from guiju.privacy.masking import LABELS
from guiju.privacy.models import Subject
from guiju.privacy.scanning import masked_text
from guiju.privacy.selectors.catalogue import fields_of
from guiju.privacy.selectors.consents import NOTHING, standing_of
from guiju.privacy.selectors.notices import Told, told_at_each
from guiju.privacy.terms import AgeGroup, Answerer, ConsentKind

MOST = 100


@dataclass(frozen=True)
class Line:
    """One file as somebody may see it."""

    row: Attachment
    name: str
    note: str
    found: tuple[str, ...]
    is_mine: bool


def owner_of(member: Member, kind: str, owner_id: UUID, *, on: date, right: str = "file.read") -> Owner:
    """What files belong to, where the member sees it and has the right there; raises `NotAllowed` or `Missing`."""
    require_scope()
    if reach_of(member, right) is None:
        raise refusal_of(right)
    if kind not in OWNERS:
        raise Missing("owner_missing", "没有这种记录")
    owner = OWNERS[kind].seen(member, owner_id, on)
    if owner.entity_id not in sight_of(member, right, on=on).scope:
        raise refusal_of(right)
    return owner


def attachments_of(member: Member, owner: Owner) -> list[Line]:
    """The files of a record, the newest first, in a scope that shows its company; none where everything is stored
    only."""
    require_scope()
    if owner.subject is not None and owner.subject.is_frozen(NAME):
        return []
    rows = Attachment.objects.filter(entity_id=owner.entity_id, owner_kind=owner.kind, owner_id=owner.pk)
    rows = rows.filter(removed_at=None, erased_at=None).select_related("by__user").order_by("-made_at", "-pk")
    return [line_of(member, owner, row) for row in rows[:MOST]]


def line_of(member: Member, owner: Owner, row: Attachment) -> Line:
    return Line(
        row,
        owner.without_name(masked_text(row.name, owner.treat)),
        owner.without_name(masked_text(row.note, owner.treat)),
        tuple(LABELS.get(one, one) for one in row.found),
        row.by_id == member.pk,
    )


def attachment_for(
    member: Member, attachment_id: UUID, *, on: date, right: str = "file.read", for_archive: bool = False
) -> tuple[Attachment, Owner]:
    """A file with what it belongs to; raises `NotAllowed`, and `Missing` for what is out of sight or gone.

    What was taken out of use shows to nobody but who decides on its destruction, `for_archive`.
    """
    sight = sight_of(member, right, on=on)
    if sight.reach is None:
        raise refusal_of(right)
    with scope_with(*sight.scope):
        rows = Attachment.objects.select_related("subject", "by__user", "graded_by")
        found = rows.filter(pk=attachment_id, erased_at=None).first()
    if found is None:
        raise _missing()
    if found.removed_at and not (for_archive and allows(member, "archive.read", on=found.entity_id)):
        raise _missing()
    try:
        owner = owner_of(member, found.owner_kind, found.owner_id, on=on, right=right)
    except Missing:
        raise _missing() from None
    if owner.subject is not None and owner.subject.is_frozen(NAME):
        raise Refused("subject_frozen", "这位客户的附件仅存储，不能查看和使用（个人信息保护法第四十七条）")
    return found, owner


def _missing() -> Missing:
    return Missing("file_missing", "没有这个附件，或您的角色看不到")


def circumstances_of(owner: Owner, *, told: Told, on: date) -> Circumstances:
    """What decides whether the content of a file may be taken in, or used."""
    fields = fields_of(owner.entity_id, RECORD)
    told = owner.told or told
    if owner.subject is None:
        # Nobody who could be asked is known behind the papers of a company: the company vouches for them. Who sends
        # a file with a complaint sends it for that.
        fields[SENSITIVE] = replace(fields[SENSITIVE], consent=ConsentKind.NONE)
        return Circumstances(fields, told, on, age=AgeGroup.ADULT)
    age, sector = _age_at(owner, owner.subject, on)
    return Circumstances(fields, told, on, standing_of(owner.subject.pk) or NOTHING, age, sector)


def field_of_grade(grade: str) -> str:
    """As which field of the catalogue the content of a file counts: what is sensitive is asked about by itself (第二十九条)."""
    return SENSITIVE if grade == Attachment.Grade.SENSITIVE else FIELD


def is_young(owner: Owner, *, on: date) -> bool:
    """Whether it is about somebody under age, whose data nobody looks at without a reason."""
    return bool(refusal_of_minor(owner, is_approved=False, on=on))


def refusal_of_minor(owner: Owner, *, is_approved: bool, on: date) -> str:
    """Why a file about somebody who may be a minor isn't opened (未成年人网络保护条例 第三十六条); empty where it may."""
    if owner.subject is None:
        return ""
    return refusal_to_see(*_age_at(owner, owner.subject, on), is_approved=is_approved, on=on)


def is_answered_for(owner: Owner, *, on: date) -> bool:
    """Whether a guardian is asked about what is held of the person."""
    return owner.subject is not None and answerer_of(*_age_at(owner, owner.subject, on)) is Answerer.GUARDIAN


def _age_at(owner: Owner, subject: Subject, on: date) -> tuple[AgeGroup, str]:
    """How old the person is, and the sector of the company."""
    sector = Entity.objects.values_list("sector", flat=True).get(pk=owner.entity_id)
    return subject.age(OWNERS[owner.kind].born(owner.pk), on), sector


def refuse_use(row: Attachment, owner: Owner, purpose: str, *, on: date) -> None:
    """Raise `Refused` where the content may not be used for a purpose."""
    if purpose not in PURPOSES:
        raise Refused("purpose_unknown", "请选择用于什么", field="purpose")
    told = told_at_each([row.collection_id])[row.collection_id]
    around = circumstances_of(owner, told=told, on=on)
    code, told = field_of_grade(row.grade), around.told
    if owner.subject is not None and owner.subject.is_frozen(f"{RECORD}.{code}"):
        raise Refused("subject_frozen", "这个附件仅存储，不能使用（个人信息保护法第四十七条）")
    if code not in around.fields or not around.is_usable(around.fields[code], purpose, told):
        if code == SENSITIVE:
            raise Refused(
                "sensitive_unconsented",
                f"这是敏感附件，不能用于{PURPOSES[purpose]}：要先启用“敏感附件的内容”（影响评估）、写进隐私告知，"
                "并取得本人的单独同意；没有取得的，请删去这个附件（个人信息保护法第二十九条、第五十五条）",
                field="purpose",
            )
        raise Refused(
            "purpose_not_told",
            f"这个附件不能用于{PURPOSES[purpose]}：没有为此告知，或没有同意（个人信息保护法第十三条、第十四条）",
            field="purpose",
        )


def usable_purposes(owner: Owner) -> dict[str, str]:
    """The purposes for which contents are taken in now, in words."""
    known = fields_of(owner.entity_id, RECORD).get(FIELD)
    told = owner.told.purposes_of(RECORD, FIELD) if owner.told else PURPOSES
    return {code: label for code, label in PURPOSES.items() if known and code in known.uses and code in told}


def with_files(subjects: Collection[UUID]) -> set[UUID]:
    """Who of these people has files that are still kept."""
    rows = Attachment.objects.filter(subject_id__in=set(subjects), erased_at=None).order_by()
    return {pk for pk, _ in rows.values_list("subject_id").annotate(Count("pk")) if pk is not None}
