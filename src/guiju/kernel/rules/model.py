"""A rule as a lawyer writes it (规则): what it applies to, what sets it off, which article bears it.

A rule is a folder with `rule.yaml` and `cases.yaml`. A text rule has `any_of` or `required`, a
facts rule has `when`. The vocabulary is small:

- `terms`     words as they stand in the copy
- `patterns`  regular expressions over the normalised text
- `unless`    expressions that, found in the same sentence, make the hit lawful
- `required`  an element that must be there when the rule applies, and where
- `when`      facts, all of which must hold; `actions` names the services whose gate asks them
"""

from __future__ import annotations

import re
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from guiju.kernel.errors import Citation


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


def _compiles(pattern: str) -> str:
    """A pattern that compiles and repeats nothing without end: on a long row of digits such a one
    would take time that grows with the square of the text."""
    try:
        re.compile(pattern)
    except re.error as failure:
        raise ValueError(f"{pattern!r} is no regular expression: {failure}") from failure
    if unbounded := _UNBOUNDED.search(_CLASS.sub("x", pattern)):
        raise ValueError(f"{pattern!r} repeats without end ({unbounded[0]}): give a most, e.g. {{1,20}}")
    return pattern


_CLASS = re.compile(r"\\.|\[(?:\\.|[^\]\\])*\]")
_UNBOUNDED = re.compile(r"[*+]|\{[0-9]*,\}")


Pattern = Annotated[str, AfterValidator(_compiles)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CitedArticle(_Part):
    """The article that bears the rule; `quote` stands there word for word.

    `is_verified: false` repeats what the stored statute says of itself: whether its text is the
    one in force has not been checked (文本待核). `sectors` says for which sectors this article bears
    the rule, where each has its own (none: for all).
    """

    law: str
    article: str = Field(pattern=r"^第[一二三四五六七八九十百千零]+条$")
    quote: str = Field(min_length=4)
    is_verified: bool = True
    sectors: tuple[str, ...] = ()

    @property
    def citation(self) -> Citation:
        return Citation(self.law, self.article, self.quote, self.is_verified)


class Required(_Part):
    """An element that must be present (必备要素); `where` counts from the edge of the text."""

    any_of: tuple[Pattern, ...] = Field(min_length=1)
    where: Literal["anywhere", "start", "end"] = "anywhere"
    when: tuple[Pattern, ...] = ()


class Condition(_Part):
    """One fact and what it must be for the rule to be set off."""

    fact: str
    is_: bool | int | str | None = Field(None, alias="is")
    at_least: int | None = None

    @model_validator(mode="after")
    def _one_comparison(self) -> Self:
        if (self.is_ is None) == (self.at_least is None):
            raise ValueError("a condition has either `is` or `at_least`")
        return self

    def holds(self, value: Any) -> bool:
        return bool(value >= self.at_least) if self.at_least is not None else bool(value == self.is_)


class Rule(_Part):
    id: str = Field(pattern=r"^[a-z_]+\.[a-z0-9_]+$")
    title: str
    chapter: str
    category: str
    severity: Severity
    basis: Literal["law", "house"] = "law"
    actions: tuple[str, ...] = ()
    sectors: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    applies_from: date
    applies_until: date | None = None
    field: str | None = None
    citations: tuple[CitedArticle, ...] = ()
    mission: str | None = None
    terms: tuple[str, ...] = ()
    patterns: tuple[Pattern, ...] = ()
    unless: tuple[Pattern, ...] = ()
    required: Required | None = None
    when: tuple[Condition, ...] = ()
    message: str
    mend: str

    @model_validator(mode="after")
    def _whole(self) -> Self:
        on_text = bool(self.terms or self.patterns or self.required)
        if on_text == bool(self.when):
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
        return self

    def is_in_force(self, on: date) -> bool:
        return self.applies_from <= on and (self.applies_until is None or on <= self.applies_until)

    def borne_by(self, sector: str | None) -> CitedArticle | None:
        """The article that bears the rule for a sector: its own first, else the general one."""
        own = [cited for cited in self.citations if sector in cited.sectors]
        general = [cited for cited in self.citations if not cited.sectors]
        return next(iter([*own, *general]), None)

    def lacks(self, sector: str | None, channel: str | None) -> bool:
        """Whether the rule can't be asked because it speaks to sectors or channels and none is known."""
        return bool(self.sectors and sector is None) or bool(self.channels and channel is None)

    def applies_to(self, sector: str | None, channel: str | None) -> bool:
        """Whether the rule speaks to this sector and channel; a channel rule needs the channel."""
        return (not self.sectors or sector in self.sectors) and (not self.channels or channel in self.channels)


class Case(_Part):
    """One example beside a rule, on text or on facts."""

    name: str
    expect: Outcome
    day: date = date(2026, 11, 24)
    text: str | None = None
    sector: str | None = None
    channel: str | None = None
    facts: dict[str, bool | int | str] | None = None
