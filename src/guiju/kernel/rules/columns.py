"""Which personal information a column of a table holds (字段分类), by its name, label and values.

A label in Chinese says most, its last words first: 手机号 is a phone number, 手机号是否验证 is not. Where
there is no label, the words of the column's name decide, in English, in pinyin, or in the initials
of pinyin (sfzh, ywyxm). Values decide where they carry a check digit or have a form of their own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Annotated, NamedTuple

from msgspec import Meta

from guiju.kernel.identifiers.birthday import age_of, birthday_of
from guiju.kernel.rules.matchers import Part, check_pattern
from guiju.kernel.rules.model import CitedArticle
from guiju.kernel.rules.normalise import plain

Check = Callable[[str], bool]

_Found = tuple[int, str, str]
"""The number of a rule, by what it was found, and what speaks for it."""

MOST_VALUES = 1000
"""More values of one column are not looked at."""


class YoungPeople(Part, frozen=True, kw_only=True):
    """Values of these categories tell an age; below `younger_than` full years the law asks for more."""

    younger_than: int
    categories: Annotated[tuple[str, ...], Meta(min_length=1)]


class ColumnRule(Part, frozen=True, kw_only=True):
    """How columns of one category are called (字段规则).

    `firm` are patterns over the whole label, tried first; `labels` over it without what stands in brackets; `names` are English words,
    several joined by `_`; `pinyin` whole syllables; `initials` their first letters, alone or after
    one of the shared `roles`; `glued` are names so plain that they count at the end of a word
    (bzrphone). `unless` are labels and names that only look like it, `unless_tables` words of tables.
    `checks` name tests of values; where `share` of the values pass, the column holds them whatever it
    is called. With `name_first` the name says whose it is and so outweighs the label (guardian_phone,
    手机号). A hint (`is_hint`) doesn't say what the column is, it asks whether it might be. `people` say
    that columns of other categories become this one when somebody in them is younger than it allows.
    """

    id: Annotated[str, Meta(pattern=r"^fields\.[a-z0-9_]+$")]
    title: str
    category: str
    rank: int
    personal: bool = True
    sensitive: bool = False
    applies_from: date
    citations: Annotated[tuple[CitedArticle, ...], Meta(min_length=1)]
    firm: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    pinyin: tuple[str, ...] = ()
    initials: tuple[str, ...] = ()
    glued: tuple[str, ...] = ()
    unless_tables: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    share: float = 0.6
    is_hint: bool = False
    name_first: bool = False
    people: YoungPeople | None = None
    message: str
    mend: str

    def check_patterns(self) -> None:
        for pattern in (*self.firm, *self.labels, *self.unless):
            check_pattern(pattern)


class Lexicon(Part, frozen=True, kw_only=True):
    """What all column rules share."""

    roles: tuple[str, ...]
    tails: tuple[str, ...]
    heads: tuple[str, ...]
    bodies: tuple[str, ...]
    things: tuple[str, ...]
    staff_columns: tuple[str, ...]


class Column(NamedTuple):
    """A column as a database or a sheet shows it."""

    name: str
    label: str = ""
    table: str = ""
    values: Sequence[str] = ()


@dataclass(frozen=True)
class ColumnFinding:
    """Why a column is taken for what it is; `by` is label, name or values."""

    rule: str
    category: str
    by: str
    evidence: str
    law: str
    article: str
    quote: str
    message: str
    suggestion: str


@dataclass(frozen=True)
class ColumnVerdict:
    """Category `none` says that nothing known was found, not that nothing is there.

    `facts_missing` are rules that ask for values when none were given.
    """

    category: str = "none"
    personal: bool = False
    sensitive: bool = False
    findings: tuple[ColumnFinding, ...] = ()
    facts_missing: tuple[str, ...] = ()


_BRACKETS = re.compile(r"[(\[【{<][^)\]】}>]{0,200}[)\]】}>]?")
_EXPLAINED = re.compile(r"[:,。;!?|/=].{0,200}$|(?<![a-z])[-0-9]{1,3}[-=、.:]?(?=[\u4e00-\u9fff]).{0,200}$")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_SENTENCE_TAIL = re.compile(r"\s{1,4}(?:注意|note|见|参见|支持|详见).{0,200}$")
_WORDS = re.compile(r"[A-Z]{2,}(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+")


_APART = ("micro", "head", "ear", "is", "has", "non", "auto", "im", "saxo", "xylo", "gramo")
"""microphone, automobile, ismobile: what ends like it and isn't."""


class Classifier:
    """All column rules, in the order of their rank."""

    def __init__(self, rules: Iterable[ColumnRule], lexicon: Lexicon, checks: dict[str, Check]) -> None:
        self.rules = sorted(rules, key=lambda rule: rule.rank)
        self._lexicon = lexicon
        self._checks = checks
        self._firm = [[re.compile(one) for one in rule.firm] for rule in self.rules]
        self._labels = [[re.compile(one) for one in rule.labels] for rule in self.rules]
        self._unless = [[re.compile(one) for one in rule.unless] for rule in self.rules]
        self._names = [{tuple(name.split("_")) for name in rule.names} for rule in self.rules]
        roles = "|".join(lexicon.roles)
        self._initials = [
            re.compile(rf"(?:{roles}){{0,3}}(?:{'|'.join(rule.initials)})(?:[0-9]{{1,2}}|hm|h|bh)?")
            if rule.initials
            else None
            for rule in self.rules
        ]
        self._pinyin = [
            re.compile(rf"[a-z]{{0,40}}(?:{'|'.join(rule.pinyin)})(?:hao|haoma|bianhao|ma)?[0-9]{{0,2}}")
            if rule.pinyin
            else None
            for rule in self.rules
        ]
        self._heads = re.compile(rf"(?:{'|'.join(lexicon.heads)})$")
        self._bodies = re.compile(rf"(?:{'|'.join(lexicon.bodies)})")

    def classify(self, column: Column, *, on: date) -> ColumnVerdict:
        """The category of one column as of a day, with what speaks for it."""
        in_force = [number for number, rule in enumerate(self.rules) if rule.applies_from <= on]
        found = self._found(column, [number for number in in_force if not self.rules[number].is_hint])
        verdict = self._with_the_young(self._verdict(found), column, on) if found else ColumnVerdict()
        hint = self._found(column, [number for number in in_force if self.rules[number].is_hint])
        return replace(verdict, findings=(*verdict.findings, self._finding(hint))) if hint else verdict

    def _found(self, column: Column, numbers: list[int]) -> _Found | None:
        return (
            self._by_values(column, numbers)
            or self._by_name(column, [number for number in numbers if self.rules[number].name_first], is_strong=True)
            or self._by_label(column, numbers)
            or self._by_name(column, numbers)
        )

    def _verdict(self, found: _Found) -> ColumnVerdict:
        rule = self.rules[found[0]]
        return ColumnVerdict(rule.category, rule.personal, rule.sensitive, (self._finding(found),))

    def _finding(self, found: _Found) -> ColumnFinding:
        number, by, evidence = found
        rule = self.rules[number]
        cited = rule.citations[0]
        return ColumnFinding(
            rule.id, rule.category, by, evidence, cited.law, cited.article, cited.quote, rule.message, rule.mend
        )

    def _with_the_young(self, verdict: ColumnVerdict, column: Column, on: date) -> ColumnVerdict:
        """Sensitive as well when somebody in the column is too young; without values nobody can say."""
        for number, rule in enumerate(self.rules):
            if rule.people is None or verdict.category not in rule.people.categories or rule.applies_from > on:
                continue
            born = [day for value in column.values[:MOST_VALUES] if (day := birthday_of(value))]
            young = sum(age_of(day, on) < rule.people.younger_than for day in born if day <= on)
            if young:
                finding = self._finding(
                    (number, "values", f"{len(born)}个里有{young}个不满{rule.people.younger_than}周岁")
                )
                return replace(verdict, sensitive=True, findings=(*verdict.findings, finding))
            if not born:
                return replace(verdict, facts_missing=(rule.id,))
        return verdict

    def _by_values(self, column: Column, in_force: list[int]) -> _Found | None:
        values = [value.strip() for value in column.values[:MOST_VALUES] if value.strip()]
        if not values:
            return None
        best: tuple[float, int] | None = None
        for number in in_force:
            rule = self.rules[number]
            for name in rule.checks:
                share = sum(map(self._checks[name], values)) / len(values)
                if share >= rule.share and (best is None or share > best[0]):
                    best = share, number
        return (best[1], "values", f"{best[0]:.0%}") if best else None

    def _by_label(self, column: Column, in_force: list[int]) -> _Found | None:
        given = column.label if _HAN.search(column.label) else column.name if _HAN.search(column.name) else ""
        if not given:
            return None
        whole = plain(given)
        label = _head_of(whole)
        for number in in_force:
            for pattern in self._firm[number]:
                if match := pattern.search(label):
                    return number, "label", match[0]
        if self._heads.search(label):
            return None
        for number in in_force:
            if any(one.search(label) for one in self._unless[number]) or self._is_elsewhere(self.rules[number], column):
                continue
            for pattern in self._labels[number]:
                if (match := pattern.search(label)) or (label == "" and (match := pattern.search(whole))):
                    return number, "label", match[0]
        return None

    def _by_name(self, column: Column, in_force: list[int], *, is_strong: bool = False) -> _Found | None:
        label = _head_of(plain(column.label)) if _HAN.search(column.label) else ""
        if label and (self._heads.search(label) or self._bodies.search(label)):
            return None
        tokens = [] if _HAN.search(column.name) else words_of(column.name)
        if not tokens or "_".join(tokens) in self._lexicon.staff_columns:
            return None
        joined = "".join(tokens)
        core = self._without_tails(tokens)
        english = column.label if column.label and not _HAN.search(column.label) else ""
        for number in in_force:
            rule = self.rules[number]
            if (label and not is_strong and not _is_strong(rule)) or self._is_elsewhere(rule, column):
                continue
            if any(one.search(" ".join(tokens)) or (label and one.search(label)) for one in self._unless[number]):
                continue
            if core and self._ends_with(core, self._names[number]):
                if not self._is_of_a_thing(core, self._names[number]):
                    return number, "name", column.name
            elif joined in {"".join(name) for name in self._names[number]}:
                return number, "name", column.name
            elif english and self._ends_with(self._without_tails(words_of(english)), self._names[number]):
                return number, "label", english
            for token in {joined, *tokens}:
                initials, pinyin = self._initials[number], self._pinyin[number]
                spelt = (initials and initials.fullmatch(token)) or (pinyin and pinyin.fullmatch(token))
                if spelt and not label:
                    return number, "name", column.name
                if (
                    token in {joined, core[-1]}
                    and len(token) <= 24
                    and token.endswith(rule.glued)
                    and not token.startswith(_APART)
                ):
                    return number, "name", column.name
        return None

    @staticmethod
    def _is_elsewhere(rule: ColumnRule, column: Column) -> bool:
        """Whether the table says that the column is of a thing: coordinates of a warehouse."""
        table = column.table.lower()
        return any(word in table for word in rule.unless_tables)

    def _without_tails(self, tokens: list[str]) -> list[str]:
        """phone_number_2 → phone: what may follow the word that says it."""
        core = list(tokens)
        while len(core) > 1 and (core[-1] in self._lexicon.tails or core[-1].isdigit()):
            core.pop()
        return core

    @staticmethod
    def _ends_with(tokens: list[str], names: set[tuple[str, ...]]) -> bool:
        return any(tuple(tokens[-length:]) in names for length in range(1, min(4, len(tokens)) + 1))

    def _is_of_a_thing(self, tokens: list[str], names: set[tuple[str, ...]]) -> bool:
        """company_name, dept_phone: the word before says that it isn't a person's."""
        for length in range(min(4, len(tokens)), 0, -1):
            if tuple(tokens[-length:]) in names:
                return any(token in self._lexicon.things for token in tokens[:-length])
        return False

    @cached_property
    def categories(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(rule.category for rule in self.rules))


def words_of(name: str) -> list[str]:
    """The words of a column's name: snake_case, camelCase, SCREAMING or plain."""
    return [word.lower() for word in _WORDS.findall(name)]


def _head_of(label: str) -> str:
    """A label without brackets, explanations and codes behind it."""
    bare = _SENTENCE_TAIL.sub("", _BRACKETS.sub("", label))
    return _EXPLAINED.sub("", bare).replace(" ", "").strip("-_*·、")


def _is_strong(rule: ColumnRule) -> bool:
    """Names so plain that a label which says something else doesn't outweigh them."""
    return rule.category in {"ip", "email", "id_card", "bank_card", "phone", "income", "address", "health"}
