"""Whether what is held may be held, as of a day (查找违规数据): the rules of collection and use, asked again.

The catalogue, the notices and the consents of that day decide; who was told what is what the collection of each
value says. Nothing is read but which fields a record holds, and birthdays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from uuid import UUID

from guiju.archives.selectors.schedule import longest_floor
from guiju.kernel.calendar import months_later
from guiju.kernel.calendar.clock import day_of
from guiju.organisations.models import Entity
from guiju.privacy.collecting import Circumstances, reasons_to_delete
from guiju.privacy.fields import Field
from guiju.privacy.models import Collection as Origin
from guiju.privacy.models import PrivacyNotice
from guiju.privacy.registry import KEEPERS, Held
from guiju.privacy.scanning import is_free_text
from guiju.privacy.selectors.catalogue import CatalogueOfDay, catalogue_of_now
from guiju.privacy.selectors.cleanup import WITHDRAWN
from guiju.privacy.selectors.consents import NOTHING, Standing, standings_of, withdrawn_of
from guiju.privacy.selectors.notices import Told, notice_in_force, told_by
from guiju.privacy.terms import ORDERS, TRADE, AgeGroup

UNKNOWN = "unknown"
"""In place of a rule: how the field was decided on that day isn't in the log."""

UNSURE = frozenset({UNKNOWN, "privacy.sensitive_in_its_field"})
"""What somebody has to look at first: on these alone nothing is frozen or deleted."""

_Pairs = frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Judged:
    """One record: of each field (code) the rules that its value breaks; when each value came in.

    `later` are the fields whose values came in after the day; they aren't judged.
    """

    held: Held
    flaws: Mapping[str, tuple[str, ...]]
    written: Mapping[str, datetime]
    later: tuple[str, ...] = ()

    @property
    def known_flaws(self) -> list[str]:
        """The fields of which it is known what is wrong."""
        return [code for code, rules in self.flaws.items() if not UNSURE.issuperset(rules)]

    @property
    def is_whole(self) -> bool:
        """Whether nothing of a person is left that may be held."""
        everything = set(self.known_flaws) == self.held.origins.keys()
        return self.held.subject is not None and self.held.is_alone and everything


@dataclass
class Judge:
    """Judges the records of one company as of the end of a day; the catalogue and the notices are read once."""

    entity_id: UUID
    on: date
    at: datetime
    catalogue: CatalogueOfDay
    _notices: dict[UUID | None, Told] = field(default_factory=lambda: {None: Told()})
    _sector: str = ""
    _in_force: Told | None = None
    _floor: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        notices = PrivacyNotice.objects.filter(entity_id=self.entity_id).select_related("corrected_by")
        # What people were really shown decides, not what was first put down of it.
        self._notices |= {one.pk: told_by(one.corrected_by or one) for one in notices}
        self._sector = Entity.objects.values_list("sector", flat=True).get(pk=self.entity_id)

    def judge(self, records: Sequence[Held]) -> list[Judged]:
        """A batch of records, in their order, at the cost of three queries."""
        people = {one.subject.pk for one in records if one.subject}
        standings = standings_of(people, at=self.at)
        withdrawn = withdrawn_of(people, at=self.at)
        wanted = {pk for one in records for pk in one.origins.values()}
        rows = Origin.objects.filter(entity_id=self.entity_id, pk__in=wanted).values_list("pk", "notice_id", "at")
        origins = {pk: (self._notices[notice_id], at) for pk, notice_id, at in rows}
        judged = []
        for one in records:
            pk = one.subject.pk if one.subject else None
            standing, ended = (standings.get(pk, NOTHING), withdrawn.get(pk, frozenset())) if pk else (NOTHING, _NONE)
            judged.append(self._one(one, standing, ended, origins))
        return judged

    def _one(
        self, held: Held, standing: Standing, withdrawn: _Pairs, origins: Mapping[UUID, tuple[Told, datetime]]
    ) -> Judged:
        around = self.circumstances(held, standing)
        came = {code: origins[origin] for code, origin in held.origins.items()}
        # What the company wrote itself was told of by no notice of its own: the one in force is asked.
        came |= {code: (self._told_now(), since) for code, since in held.along.items()}
        flaws, written, later = {}, {code: since for code, (_, since) in came.items()}, []
        for code, (told, since) in came.items():
            if since > self.at:
                later.append(code)
            elif found := self._flaws(held, code, told, around, withdrawn):
                flaws[code] = found
        return Judged(held, flaws, written, tuple(later))

    def circumstances(self, held: Held, standing: Standing) -> Circumstances:
        """What decides about the values of one record, as where it is read."""
        age = AgeGroup.ADULT if held.subject is None else held.subject.age(held.born, self.on)
        fields = self.catalogue.fields.get(held.record, {})
        return Circumstances(fields, Told(), self.on, standing, age, self._sector)

    def _flaws(self, held: Held, code: str, told: Told, around: Circumstances, withdrawn: _Pairs) -> tuple[str, ...]:
        if (held.record, code) in self.catalogue.unknown:
            return (UNKNOWN,)
        known = around.fields.get(code)
        is_along = code in held.along
        found = _along(around, held.record, code, told) if is_along else around.hindrances(held.record, code, told)
        purposes = known.uses if known and found else ()
        name = f"{held.record}.{code}"
        is_withdrawn = any((purpose, one) in withdrawn for purpose in purposes for one in ("", name))
        return found + reasons_to_delete(
            is_withdrawn=is_withdrawn,
            is_over=self._is_over(known, told, held.ended_on),
            is_telling=_is_telling(known, held),
            on=self.on,
        )

    def _told_now(self) -> Told:
        """The notice in force at the moment; asked once, where it matters."""
        if self._in_force is None:
            self._in_force = told_by(notice_in_force(self.entity_id, at=self.at))
        return self._in_force

    def _is_over(self, known: Field | None, told: Told, ended_on: date | None) -> bool:
        if known is None or ended_on is None:
            return False
        months = months_kept(known.retention, told.kept.get(f"{known.record}.{known.code}"))
        if months is None or self.on <= months_later(ended_on, months):
            return False
        return ORDERS not in known.uses or self.on > months_later(ended_on, max(months, self._least()))

    def _least(self) -> int:
        """How many months a statute keeps what says who bought, for this company; asked once, where it matters."""
        if not self._floor:
            found = longest_floor(self.entity_id, TRADE, on=self.on)
            self._floor = (found.months if found else 0,)
        return self._floor[0]


def _along(around: Circumstances, record: str, code: str, told: Told) -> tuple[str, ...]:
    """The rules that stand against what the company wrote itself about somebody (标签、订单、跟进…).

    Nobody is asked about each: where a child's name may be used for a purpose, so may this, as where it is read.
    """
    grown, known = replace(around, age=AgeGroup.ADULT), around.fields.get(code)
    if known is None or around.age is not AgeGroup.CHILD:
        return grown.hindrances(record, code, told)
    uses = {one: basis for one, basis in known.uses.items() if around.standing.is_guarded(one, "person.name")}
    if known.uses and not uses:
        return (*grown.hindrances(record, code, told), "privacy.guardian_first")
    return replace(grown, fields={code: replace(known, uses=uses)}).hindrances(record, code, told)


def months_kept(decided: int | None, promised: int | None) -> int | None:
    """For how many months after the relation a value is kept: the shorter of what the catalogue says now and of what the
    notice said under which it came in (个人信息保护法 第十七条, 第十九条); None where neither gives a number."""
    return min((one for one in (decided, promised) if one is not None), default=None)


_NONE: _Pairs = frozenset()


def _is_telling(known: Field | None, held: Held) -> bool:
    """Whether something sensitive seems to stand in a text about which nobody was asked by itself."""
    return known is not None and known.code in held.telling and is_free_text(known) and not known.is_sensitive


def judge_now(entity_id: UUID, *, at: datetime) -> Judge:
    """Who judges as things stand at a moment that is now."""
    return Judge(entity_id, day_of(at), at, catalogue_of_now(entity_id))


def to_delete_of(entity_id: UUID, subject_id: UUID, *, at: datetime) -> tuple[tuple[str, ...], bool]:
    """The fields (record.code) of a person that rested on a consent which is withdrawn, and whether nothing else is held."""
    records = [one for keeper in KEEPERS.values() for one in keeper.of(entity_id, [subject_id])]
    judged = judge_now(entity_id, at=at).judge(records)
    names = tuple(
        f"{one.held.record}.{code}" for one in judged for code, rules in one.flaws.items() if WITHDRAWN in rules
    )
    # What the company wrote itself goes with the rest: it alone is nothing that may be kept.
    own = [
        code for one in judged for code, rules in one.flaws.items() if WITHDRAWN in rules and code in one.held.origins
    ]
    return names, bool(own) and len(own) == sum(len(one.origins) for one in records)
