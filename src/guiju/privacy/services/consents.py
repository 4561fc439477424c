"""Consents are recorded and withdrawn (同意与撤回, 个人信息保护法 第十四条, 第十五条)."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from guiju.database.models import new_id
from guiju.database.scope import scope_with
from guiju.evidence.services import Act, record
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Missing, Refused
from guiju.kernel.rules.facts import gate
from guiju.keys.values import seal_into, sealed_values
from guiju.organisations.models import Member
from guiju.organisations.permissions import require
from guiju.organisations.registry import PURPOSES
from guiju.organisations.selectors.people import user_behind
from guiju.privacy.ages import is_unknown_pupil
from guiju.privacy.guardians import Guardian
from guiju.privacy.models import DESTROYED_PROOF, Consent, Ending, PrivacyNotice, Subject
from guiju.privacy.scanning import numbers_in
from guiju.privacy.selectors.consents import held_by, is_to_purpose
from guiju.privacy.selectors.notices import notice_in_force, told_by
from guiju.privacy.services.endings import Ended, announce
from guiju.privacy.services.withdrawals import ask_deletion, end_asked_again
from guiju.privacy.terms import MARKETING, AgeGroup, Channel, ConsentKind
from guiju.rulebook import rules_at

LONGEST_PROOF = 200


@dataclass(frozen=True)
class GivenConsent:
    """What somebody consented to: a purpose, or fields (record.code) one by one for it; how, when, with what proof."""

    purpose: str
    channel: Channel
    proof: str
    given_at: datetime
    fields: tuple[str, ...] = ()
    guardian: Guardian | None = None
    shown: int | None = None
    """The version of the notice that they were shown, where it is known."""
    recipient_id: UUID | None = None
    """To another company's getting it for the purpose: asked about by itself (个人信息保护法 第二十三条)."""

    @property
    def by_guardian(self) -> bool:
        return self.guardian is not None

    @property
    def kind(self) -> ConsentKind:
        if self.by_guardian:
            return ConsentKind.GUARDIAN
        return ConsentKind.SEPARATE if self.fields or self.recipient_id else ConsentKind.CONSENT


@transaction.atomic
def record_consent(*, subject_id: UUID, given: GivenConsent, age: AgeGroup, actor: Member, at: datetime) -> Consent:
    """Write down a consent that somebody gave (登记同意); what was consented to beside it stays."""
    subject = _locked(subject_id)
    require(actor, "consent.record", on=subject.entity_id)
    return write_consent(subject, given, age, Act("privacy.record_consent", actor, at))


def write_consent(subject: Subject, given: GivenConsent, age: AgeGroup, act: Act) -> Consent:
    """The same for services that have asked permission; raises `Refused` with every reason at once."""
    if given.purpose not in PURPOSES:
        raise Refused(
            "purpose_unknown", f"没有“{given.purpose}”这个目的，可填：{'、'.join(PURPOSES.values())}", field="purpose"
        )
    if act.actor is not None:
        refuse_numbers(given.proof)
    proof = " ".join(given.proof.split())[:LONGEST_PROOF]
    notice = _notice_shown(subject.entity_id, given, act.at)
    grounds = gate(
        rules_at("privacy.record_consent"),
        {
            "is_in_future": given.given_at > act.at,
            "is_proven": bool(proof) and proof.isprintable(),
            "is_informed": is_informed(notice, given.purpose, given.fields, given.recipient_id),
            "is_child": age is AgeGroup.CHILD,
            "is_marketing": given.purpose == MARKETING,
            "is_pupil_of_unknown_age": is_unknown_pupil(age, subject.entity.sector),
            "by_guardian": given.by_guardian,
            "was_withdrawn_since": _was_withdrawn_since(subject, given),
        },
        on=day_of(act.at),
    )
    assert notice is not None
    made = Consent(
        id=new_id(),
        entity_id=subject.entity_id,
        subject=subject,
        kind=given.kind,
        purpose=given.purpose,
        fields=sorted(given.fields),
        recipient_id=given.recipient_id,
        notice=notice,
        channel=given.channel,
        by_guardian=given.by_guardian,
        given_at=given.given_at,
        recorded_by_id=user_behind(act),
        recorded_at=act.at,
        follows=_replaced(subject, given, act),
    )
    put_proof(made, proof)
    if given.guardian is not None:
        seal_into(made, "guardian", given.guardian.kept)
    written(made, Act(act.action, act.actor, act.at, grounds))
    end_asked_again(subject.entity_id, subject.pk, act)
    return made


def refuse_numbers(proof: str) -> None:
    """Raise `Refused` for a proof that somebody typed with a number of a person in it: it only says which paper it is."""
    if numbers := numbers_in(proof):
        raise Refused("number_misplaced", f"凭据里有{numbers}的号码：请去掉，只写同意书或录音的编号", field="proof")


def put_proof(consent: Consent, text: str) -> None:
    """Seal how somebody consented into the row, to which it is bound."""
    seal_into(consent, "sealed", {"proof": text})
    consent.proof = ""


def _notice_shown(entity_id: UUID, given: GivenConsent, at: datetime) -> PrivacyNotice | None:
    """The notice of the moment of the consent; raises `Refused` where the person was shown another one."""
    notice = notice_in_force(entity_id, at=min(given.given_at, at))
    if notice is not None and given.shown not in (None, notice.version):
        since = f"{timezone.localtime(notice.published_at):%Y-%m-%d %H:%M}"
        raise Refused(
            "notice_changed",
            f"客户看到的是隐私告知第{given.shown}版，而同意的时候现行的是{since}起的第{notice.version}版："
            "请把这一版给客户看过、问过再登记；客户是在那之前同意的，请填写同意的时间",
            field="given_at",
        )
    return notice


def _replaced(subject: Subject, given: GivenConsent, act: Act) -> Consent | None:
    """End the consent in force that this one takes the place of: to the same purpose, or to these fields for it.

    What was consented to beside them stays under the proof by which it was. The person's own takes the place of the
    guardian's, and the reverse: what they say last holds.
    """
    # Locked: a withdrawal that runs beside this is waited for, and holds.
    same = Consent.objects.select_for_update(of=("self",)).filter(
        subject=subject, purpose=given.purpose, recipient_id=given.recipient_id, ended_at=None
    )
    before = None
    for one in same:
        if set(one.fields) & set(given.fields) or not (one.fields or given.fields):
            leave_fields(one, set(given.fields), act)
            before = one
    return before


def leave_fields(consent: Consent, names: Set[str], act: Act) -> Consent | None:
    """End a consent that another, to these fields too, takes the place of; returns that to what is beside them."""
    end_consent(consent, Consent.Ending.REPLACED, act)
    left = [name for name in consent.fields if name not in names]
    return copied(consent, left, act) if left else None


def copied(consent: Consent, fields: Sequence[str], act: Act) -> Consent:
    """The same consent to some of its fields, in force, by the same proof and of the same moment."""
    columns = {column.attname: getattr(consent, column.attname) for column in Consent._meta.concrete_fields}
    fresh: dict[str, Any] = {"id": new_id(), "fields": list(fields), "follows_id": consent.pk}
    fresh |= {"recorded_by_id": user_behind(act), "recorded_at": act.at}
    fresh |= {"ended_at": None, "ending": "", "ended_by_id": None, "guardian": b"", "sealed": b""}
    made = Consent(**{**columns, **fresh})
    # What lies sealed is bound to its row: it is sealed anew for the copy.
    seal_into(made, "guardian", sealed_values(consent, "guardian"))
    if consent.proof != DESTROYED_PROOF:
        put_proof(made, consent.proven_by)
    return written(made, act)


def _was_withdrawn_since(subject: Subject, given: GivenConsent) -> bool:
    """Whether the person has taken back a consent to this purpose after the moment of the one that is entered."""
    taken_back = (Consent.Ending.WITHDRAWN, Consent.Ending.NARROWED)
    ended = Consent.objects.filter(
        subject=subject, purpose=given.purpose, recipient_id=given.recipient_id, ended_at__gt=given.given_at
    )
    return ended.filter(ending__in=taken_back).exists()


def is_informed(
    notice: PrivacyNotice | None, purpose: str, fields: Sequence[str], recipient_id: UUID | None = None
) -> bool:
    """Whether a notice told of the purpose, and of each field, or of what a company gets for it."""
    told = told_by(notice)
    if recipient_id is not None:
        return not fields and bool(told.given_to(recipient_id, purpose))
    return purpose in told.reach and all(name in told.reach[purpose] for name in fields)


@transaction.atomic
def withdraw_consent(*, consent_id: UUID, fields: Sequence[str] = (), actor: Member, at: datetime) -> Consent | None:
    """Withdraw a consent (撤回同意, 个人信息保护法 第十五条), or that to some fields of it.

    From this moment nothing is read for the purpose; what was done before stays lawful. Returns the
    consent to what is left, if any.
    """
    found = Consent.objects.select_for_update(of=("self",)).select_related("subject").filter(pk=consent_id).first()
    if found is None:
        raise Missing("consent_missing", "没有这项同意，或您的角色看不到它")
    require(actor, "consent.record", on=found.entity_id)
    return take_back(found, fields, Act("privacy.withdraw_consent", actor, at))


def take_back(found: Consent, fields: Sequence[str], act: Act, *, since: datetime | None = None) -> Consent | None:
    """The same for services that have asked permission; what rested on it is to be deleted.

    A no to a field is one whichever consent goes to it, one to the whole purpose ends too what an earlier no has left
    of another to it: what still stands is what the person sees.

    `since` is when it was taken back, where that was before the act (a withdrawal that a restore does again).
    """
    if found.ended_at:
        raise Refused("already_withdrawn", "该同意已撤回")
    taken = set(fields) or set(found.fields)
    rest = without(found, fields, act, since=since)
    for other in _beside(found):
        held = held_by(other)
        named = [name for name in held if name in taken]
        if named or (not taken and is_to_purpose(other)):
            without(other, named if len(named) < len(held) else (), act, since=since)
    ask_deletion(found.entity_id, found.subject_id, act)
    return rest


def _beside(found: Consent) -> list[Consent]:
    """The other consents in force to the same purpose, whoever gave them: of records that were merged, and where
    somebody consented to the whole again after a no to some fields had narrowed what was there."""
    same = Consent.objects.select_for_update(of=("self",)).filter(
        subject_id=found.subject_id, purpose=found.purpose, recipient_id=found.recipient_id, ended_at=None
    )
    return list(same.exclude(pk=found.pk).order_by("pk"))


def without(found: Consent, fields: Sequence[str], act: Act, *, since: datetime | None = None) -> Consent | None:
    """End a consent, or that to some fields of it; returns the consent to what is left, if any."""
    held = held_by(found) if fields else []
    left = [name for name in held if name not in set(fields)]
    if fields and len(left) == len(held):
        raise Refused("not_consented", "这些字段没有同意过，不用撤回", field="fields")
    if not left:
        # A consent to no field in particular is one to all of them: nothing is left, and not everything.
        fields = ()
    end_consent(found, Consent.Ending.NARROWED if fields else Consent.Ending.WITHDRAWN, act, since=since)
    _announce(found, [name for name in held if name not in left], act)
    if not fields:
        return None
    return copied(found, left, act)


def _announce(consent: Consent, fields: Sequence[str], act: Act) -> None:
    """Let those downstream hear that a consent ended, or that to some fields of it."""
    assert consent.ended_at is not None
    is_part = consent.ending == Consent.Ending.NARROWED
    ended = Ended(
        Ending.Sort.NARROWED if is_part else Ending.Sort.WITHDRAWN,
        [consent.subject_id],
        consent.pk,
        consent.ended_at,
        consent.purpose,
        fields if is_part else consent.fields,
        consent.recipient_id,
    )
    announce(consent.entity_id, ended, act)


def _locked(subject_id: UUID) -> Subject:
    subject = Subject.objects.select_for_update().filter(pk=subject_id).first()
    if subject is None:
        raise Missing("subject_missing", "没有这位客户，或您的角色看不到")
    return subject


def end_consent(consent: Consent, ending: Consent.Ending, act: Act, *, since: datetime | None = None) -> None:
    """Write that a consent is over, and how it ended; `since` when, where that was before the act."""
    consent.ended_at, consent.ending = max(since or act.at, consent.given_at), ending
    consent.ended_by_id = user_behind(act)
    consent.save(update_fields=["ended_at", "ending", "ended_by_id"])
    with scope_with(consent.entity_id):
        record(act, entity_id=consent.entity_id, subject=consent)


def written(consent: Consent, act: Act) -> Consent:
    """Keep a new consent, with its entry."""
    consent.save(force_insert=True)
    with scope_with(consent.entity_id):
        record(act, entity_id=consent.entity_id, subject=consent)
    return consent
