"""A rule as a lawyer writes it (规则): what it applies to, what sets it off, which article bears it.

A rule is a folder with `rule.yaml` and `cases.yaml`. A text rule has matchers (see `matchers`), a
facts rule has `when`: facts, all of which must hold; `actions` names the services whose gate asks.
"""

from __future__ import annotations

import re
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Literal, NamedTuple

from msgspec import Meta, field

from guiju.kernel.errors import Citation
from guiju.kernel.rules.matchers import Claim, Compare, Near, Part, Required, Unless, check_pattern


class Severity(StrEnum):
    BLOCK = "block"
    REVIEW = "review"
    ADVISE = "advise"


class Outcome(StrEnum):
    """What a rule says: silence never passes for "no"."""

    TRIGGERED = "triggered"
    NOT_TRIGGERED = "not_triggered"
    NOT_IN_FORCE = "not_in_force"
    FACTS_MISSING = "facts_missing"


class CitedArticle(Part, frozen=True, kw_only=True):
    """The article that bears the rule; `quote` stands there word for word.

    `is_verified: false` repeats what the stored statute says of itself: whether its text is the
    one in force has not been checked (文本待核). `sectors` says for which sectors this article bears
    the rule, where each has its own (none: for all); `since` the day from which it does, where that
    is later than the rule's; `hits` is a pattern for the words that this article bears, where a rule
    gathers what several items of the law forbid (none: all words).
    """

    law: str
    article: Annotated[str, Meta(pattern=r"^第[一二三四五六七八九十百千零]+条$")]
    quote: Annotated[str, Meta(min_length=4)]
    is_verified: bool = True
    sectors: tuple[str, ...] = ()
    since: date | None = None
    hits: str = ""

    def bears(self, words: str) -> bool:
        return not self.hits or re.search(self.hits, words) is not None

    @property
    def citation(self) -> Citation:
        return Citation(self.law, self.article, self.quote, self.is_verified)


class Condition(Part, frozen=True, kw_only=True):
    """One fact and what it must be for the rule to be set off."""

    fact: str
    is_: bool | int | str | None = field(default=None, name="is")
    at_least: int | None = None
    below: int | None = None

    def __post_init__(self) -> None:
        if sum(one is not None for one in (self.is_, self.at_least, self.below)) != 1:
            raise ValueError("a condition has one of `is`, `at_least` and `below`")

    def holds(self, value: Any) -> bool:
        if self.below is not None:
            return bool(value < self.below)
        return bool(value >= self.at_least) if self.at_least is not None else bool(value == self.is_)


class Rule(Part, frozen=True, kw_only=True):
    id: Annotated[str, Meta(pattern=r"^[a-z_]+\.[a-z0-9_]+$")]
    title: str
    chapter: str
    category: str
    severity: Severity
    basis: Literal["law", "house"] = "law"
    actions: tuple[str, ...] = ()
    sectors: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    contract_types: tuple[str, ...] = ()
    applies_from: date
    applies_until: date | None = None
    field: str | None = None
    citations: tuple[CitedArticle, ...] = ()
    mission: str | None = None
    terms: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    near: tuple[Near, ...] = ()
    claims: tuple[Claim, ...] = ()
    compares: tuple[Compare, ...] = ()
    predicate: str | None = None
    unless: tuple[Unless, ...] = ()
    despite: tuple[str, ...] = ()
    without_facts: Literal["silent", "review"] = "silent"
    required: Required | None = None
    when: tuple[Condition, ...] = ()
    message: str
    mend: str

    def __post_init__(self) -> None:
        if self.is_on_text == bool(self.when):
            raise ValueError("a rule looks either at text or at facts")
        if bool(self.actions) != bool(self.when):
            raise ValueError("a facts rule names the actions whose gate asks it, a text rule has none")
        if self.basis == "law" and not self.citations:
            raise ValueError("a rule without a citation is a house rule: basis: house, mission: its words")
        if self.basis == "house" and not self.mission:
            raise ValueError("a house rule names its source in `mission`")
        if self.basis == "law" and self.severity is Severity.BLOCK and not any(c.is_verified for c in self.citations):
            raise ValueError("a text that isn't known to be in force can't carry a block alone")
        if self.citations and not all(self.borne_by(sector) for sector in self.sectors or [None]):
            raise ValueError("for one of its sectors the rule names no article")

    def check_patterns(self) -> None:
        """Every pattern compiles and ends; asked once, when a rule is read from its folder."""
        required = (*self.required.any_of, *self.required.when) if self.required else ()
        excuses = [unless.pattern for unless in self.unless]
        for pattern in (*self.patterns, *required, *excuses, *(cited.hits for cited in self.citations)):
            check_pattern(pattern)

    @property
    def is_on_text(self) -> bool:
        return bool(
            self.terms or self.patterns or self.near or self.claims or self.compares or self.predicate or self.required
        )

    def is_in_force(self, on: date) -> bool:
        return self.applies_from <= on and (self.applies_until is None or on <= self.applies_until)

    @property
    def cites_by_words(self) -> bool:
        """Whether the words of a hit decide which article bears it."""
        return any(cited.hits for cited in self.citations)

    def borne_by(self, sector: str | None, on: date | None = None, words: str = "") -> CitedArticle | None:
        """The article that bears a hit in a sector on a day: the one for its words, for its sector, the general one."""
        known = [
            cited
            for cited in self.citations
            if (cited.since is None or on is None or cited.since <= on)
            and (not cited.sectors or sector in cited.sectors)
            and cited.bears(words)
        ]
        return min(known, key=lambda cited: (not cited.hits, not cited.sectors), default=None)

    def lacks(self, occasion: Occasion) -> bool:
        """Whether the rule can't be asked because it speaks to sectors, channels or contracts and none is known."""
        return any(wanted and known is None for wanted, known in self._speaks_to(occasion))

    def applies_to(self, occasion: Occasion) -> bool:
        """Whether the rule speaks to this sector, channel and contract."""
        return all(not wanted or known in wanted for wanted, known in self._speaks_to(occasion))

    def _speaks_to(self, occasion: Occasion) -> tuple[tuple[tuple[str, ...], str | None], ...]:
        return (
            (self.sectors, occasion.sector),
            (self.channels, occasion.channel),
            (self.contract_types, occasion.contract_type),
        )


class Occasion(NamedTuple):
    """What is known about a text beside its words; `is_whole` false: a fragment, no parts are required."""

    sector: str | None = None
    channel: str | None = None
    contract_type: str | None = None
    is_whole: bool = True


UNKNOWN = Occasion()
"""Nothing is known beside the words."""


class Case(Part, frozen=True, kw_only=True):
    """One example beside a rule, violating or lawful, on text or on facts."""

    expect: Outcome
    day: date | None = None
    text: str | None = None
    sector: str | None = None
    channel: str | None = None
    contract_type: str | None = None
    whole: bool = True
    facts: dict[str, bool | int | str] | None = None

    def occasion_of(self, rule: Rule) -> Occasion:
        """Where the text stands; what the case leaves out is the first that the rule speaks to."""
        return Occasion(
            self.sector or next(iter(rule.sectors), None),
            self.channel or next(iter(rule.channels), None),
            self.contract_type or next(iter(rule.contract_types), None),
            self.whole,
        )
