"""Two records are of one person: what was said on either counts for both, a no before a yes (同意的合并).

As though it had been one record all along: a withdrawal, a no or a refusal on the one ends what was agreed to
before it on the other, whatever is frozen stays frozen, holds go along. Nobody consents to more than they did: each
consent stays what it is, with its own notice and proof, and two to one purpose hold as far as both go
(`selectors.consents`); a withdrawal of the one is one of the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Model

from guiju.archives.models import Disposal, DisposalItem, Hold
from guiju.evidence.selectors import GONE_BY_LAW, values_in, version_of
from guiju.evidence.services import Act, record
from guiju.kernel.errors import Refused
from guiju.organisations.registry import PURPOSES
from guiju.privacy.models import Consent, ConsentRequest, Subject
from guiju.privacy.selectors.consents import held_by, is_to_purpose
from guiju.privacy.services.asking import recipient_of
from guiju.privacy.services.consents import end_consent, without
from guiju.privacy.services.freezing import refuse_frozen
from guiju.privacy.services.withdrawals import KIND, ask_deletion
from guiju.work.models import Task

_FOLLOWING: Mapping[str, type[Model]] = {"consents": Consent, "requests": ConsentRequest, "holds": Hold, "tasks": Task}
"""What leads to a person, and to the other one from then on."""


@dataclass(frozen=True)
class No:
    """A no to a purpose, or to some fields (record.code) for it, and when it was said."""

    purpose: str
    at: datetime
    fields: tuple[str, ...] = ()
    recipient_id: UUID | None = None
    is_to_all: bool = False
    """Whether it ends consents to single fields as well: it was said to the purpose as such."""

    def ends(self, consent: Consent) -> Sequence[str] | None:
        """The fields of a consent that it ends, none of them for the whole, or None where it doesn't touch it."""
        if (consent.purpose, consent.recipient_id) != (self.purpose, self.recipient_id) or consent.given_at > self.at:
            return None
        if not self.fields:
            return [] if self.is_to_all or is_to_purpose(consent) else None
        held = held_by(consent)
        named = [name for name in held if name in self.fields]
        return ([] if len(named) == len(held) else named) if named else None


def refuse_waiting(subjects: Iterable[UUID]) -> None:
    """Raise `Refused` where a disposal of one of these (people or records) waits to be decided or carried out."""
    waiting = (Disposal.State.OPEN, Disposal.State.ALLOWED)
    rows = DisposalItem.objects.filter(subject_id__in=list(subjects), state=DisposalItem.State.WAITING)
    if rows.filter(disposal__state__in=waiting).exists():
        raise Refused("disposal_waiting", "其中一位的信息已经提出删除，正在等待审批：先办完那一份")


def join_subjects(kept_id: UUID, gone_id: UUID, refusals: Sequence[No], act: Act) -> dict[str, Any]:
    """Let all that leads to one person lead to the other; returns what became of it, for `part_subjects`.

    `refusals` are refusals by address, which this part can't tell whose they are. Raises `Refused` for people whose
    data may only be stored, and while a disposal waits.
    """
    people = {
        one.pk: one for one in Subject.objects.select_for_update().filter(pk__in=[kept_id, gone_id]).order_by("pk")
    }
    kept, gone = people[kept_id], people[gone_id]
    for one in people.values():
        refuse_frozen(one)
    refuse_waiting(people)
    noes = {pk: [*_noes(pk, _consents(pk)), *refusals] for pk in (kept_id, gone_id)}
    version = version_of(kept)
    moved = {name: _move(model, gone_id, kept_id, act) for name, model in _FOLLOWING.items()}
    ended: list[str] = []
    made: list[str] = []
    came = set(moved["consents"])
    for is_theirs, said in ((False, noes[gone_id]), (True, noes[kept_id])):
        own = [one for one in _consents(kept_id) if (str(one.pk) in came) == is_theirs]
        some, left = _end_against(own, said, act)
        ended, made = ended + some, made + left
    frozen = [name for name in gone.frozen_fields if name not in kept.frozen_fields]
    kept.frozen_fields = {**gone.frozen_fields, **kept.frozen_fields}
    kept.minor_until = max((one for one in (kept.minor_until, gone.minor_until) if one), default=None)
    kept.is_stated_adult = kept.is_stated_adult and gone.is_stated_adult
    kept.save(update_fields=["frozen_fields", "minor_until", "is_stated_adult"])
    record(act, entity_id=kept.entity_id, subject=kept)
    return {
        "kept": str(kept_id),
        "gone": str(gone_id),
        "version": version,
        "moved": moved,
        "ended": ended,
        "made": made,
        "frozen": frozen,
    }


def part_subjects(people: Mapping[str, Any], since: datetime, act: Act) -> list[str]:
    """Let two people be two again; returns in words what stays as it became since.

    What was withdrawn since counts for both: nobody knows any more of which record it was said.
    """
    kept_id, gone_id = UUID(people["kept"]), UUID(people["gone"])
    rows = {one.pk: one for one in Subject.objects.select_for_update().filter(pk__in=[kept_id, gone_id]).order_by("pk")}
    kept, gone = rows[kept_id], rows[gone_id]
    if kept.erased_at or gone.erased_at:
        raise Refused("erased_meanwhile", "合并以后这个人的信息已经依法删除，不能撤销合并")
    refuse_frozen(kept)
    refuse_waiting([kept_id])
    if Hold.objects.filter(subject_id=kept_id, placed_at__gt=since, lifted_at=None).exists():
        raise Refused("held_meanwhile", "合并以后登记了保全，它管着两位客户的信息：解除以后才能撤销合并")
    noes = [one for one in _noes(kept_id, _consents(kept_id)) if one.at > since]
    for name, model in _FOLLOWING.items():
        _back(model, people["moved"][name], kept_id, gone_id, act)
    _reopen(people, since, act)
    left = [f"合并以后撤回的“{name}”对两位客户都有效" for name in dict.fromkeys(_purpose_words(noes))]
    for pk in (kept_id, gone_id):
        _end_against(_consents(pk), noes, act)
    _part_freezes(kept, gone, people, since)
    _part_ages(kept, people)
    for one in (kept, gone):
        one.save(update_fields=["frozen_fields", "minor_until", "is_stated_adult"])
        record(act, entity_id=one.entity_id, subject=one)
    return left


def ask_what_must_go(people: Mapping[str, Any], act: Act) -> None:
    """Give the task to delete what rested on consents that ended; once the records lead to their people again."""
    for pk in (people["kept"], people["gone"]):
        subject = Subject.objects.get(pk=pk)
        ask_deletion(subject.entity_id, subject.pk, act)


def _consents(subject_id: UUID) -> list[Consent]:
    return list(
        Consent.objects.select_for_update(of=("self",)).filter(subject_id=subject_id).order_by("given_at", "pk")
    )


def _noes(subject_id: UUID, consents: Sequence[Consent]) -> list[No]:
    """What a person took back, and said no to when asked."""
    found = []
    for one in consents:
        if one.ended_at is None or one.ending not in (Consent.Ending.WITHDRAWN, Consent.Ending.NARROWED):
            continue
        kept_fields: list[str] = next((other.fields for other in consents if other.follows_id == one.pk), [])
        is_whole = one.ending == Consent.Ending.WITHDRAWN
        fields = tuple(one.fields if is_whole else (name for name in held_by(one) if name not in kept_fields))
        found.append(No(one.purpose, one.ended_at, fields, one.recipient_id))
    for request in ConsentRequest.objects.filter(subject_id=subject_id, answered_at__isnull=False):
        assert request.answered_at is not None
        for item, answer in zip(request.items, request.answers, strict=False):
            if not answer:
                fields = tuple(item["fields"])
                to = recipient_of(item)
                found.append(No(item["purpose"], request.answered_at, fields, to, is_to_all=not fields))
    return found


def _end_against(consents: Iterable[Consent], noes: Sequence[No], act: Act) -> tuple[list[str], list[str]]:
    """End what these consents agree to against a later no; returns what ended, and what was made of the rest."""
    ended: list[str] = []
    made: list[str] = []
    for consent in consents:
        found = [fields for no in noes if (fields := no.ends(consent)) is not None]
        if consent.ended_at is not None or not found:
            continue
        named = {name for fields in found for name in fields}
        is_whole = not all(found) or len(named) == len(held_by(consent))
        rest = without(consent, () if is_whole else sorted(named), act)
        ended.append(str(consent.pk))
        made += [str(rest.pk)] if rest is not None else []
    return ended, made


def _move(model: type[Model], gone_id: UUID, kept_id: UUID, act: Act) -> list[str]:
    rows: Any = model._default_manager.select_for_update(of=("self",)).filter(subject_id=gone_id)
    if model is Task:
        rows = rows.filter(kind=KIND)
    moved = []
    for row in rows.order_by("pk"):
        row.subject_id = kept_id
        row.save(update_fields=["subject_id"])
        record(act, entity_id=row.entity_id, subject=row)
        moved.append(str(row.pk))
    return moved


def _back(model: type[Model], ids: Sequence[str], kept_id: UUID, gone_id: UUID, act: Act) -> None:
    rows: Any = model._default_manager.select_for_update(of=("self",)).filter(pk__in=ids, subject_id=kept_id)
    for row in rows.order_by("pk"):
        row.subject_id = gone_id
        row.save(update_fields=["subject_id"])
        record(act, entity_id=row.entity_id, subject=row)


def _reopen(people: Mapping[str, Any], since: datetime, act: Act) -> None:
    """What only the merge had ended holds again, and what only the merge had made is over."""
    for one in Consent.objects.select_for_update(of=("self",)).filter(pk__in=people["made"], ended_at=None):
        end_consent(one, Consent.Ending.ENTERED_WRONGLY, act)
    for one in Consent.objects.select_for_update(of=("self",)).filter(pk__in=people["ended"], ended_at__gte=since):
        one.ended_at, one.ending, one.ended_by_id = None, "", None
        one.save(update_fields=["ended_at", "ending", "ended_by_id"])
        record(act, entity_id=one.entity_id, subject=one)


def _purpose_words(noes: Iterable[No]) -> list[str]:
    return [PURPOSES.get(one.purpose, one.purpose) for one in noes]


def _part_freezes(kept: Subject, gone: Subject, people: Mapping[str, Any], since: datetime) -> None:
    """What was frozen since stays frozen for both; what came along goes back."""
    new = {
        name: one
        for name, one in kept.frozen_fields.items()
        if datetime.fromisoformat(one["since"]) > since and name not in people["frozen"]
    }
    came = {name for name in people["frozen"] if kept.frozen_fields.get(name) == gone.frozen_fields.get(name)}
    kept.frozen_fields = {name: one for name, one in kept.frozen_fields.items() if name not in came}
    gone.frozen_fields = {**new, **gone.frozen_fields}


def _part_ages(kept: Subject, people: Mapping[str, Any]) -> None:
    """How old the person is, as before, unless somebody wrote it anew since."""
    before, after = (values_in(kept, people["version"] + step) or {} for step in (0, 1))
    now = {"minor_until": kept.minor_until.isoformat() if kept.minor_until else None}
    if before.get("minor_until") != GONE_BY_LAW and now["minor_until"] == after.get("minor_until"):
        text = before.get("minor_until")
        kept.minor_until = date.fromisoformat(text) if text else None
    if kept.is_stated_adult == after.get("is_stated_adult"):
        kept.is_stated_adult = bool(before.get("is_stated_adult"))
