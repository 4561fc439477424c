"""A table with companies: its columns, and what each row says (公司导入)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Problem, Refused
from guiju.kernel.rules.facts import gate
from guiju.organisations.models import Entity, Member
from guiju.organisations.permissions import allows
from guiju.organisations.services.companies import CompanyDetails, checked, company_of
from guiju.rulebook import rules_at
from guiju.sheets.titled import titled_rows

NEEDED = ("统一社会信用代码", "公司名称", "区划代码", "行业", "系统上线日期")
MORE = ("上级公司代码", "登记机关")
"""May be empty or left out: directly below one's own company, authority not known yet."""

COLUMNS = (*NEEDED, *MORE)
FIELD_OF = dict(
    zip(("unified_code", "name", "region", "sector", "went_live_on", "parent", "authority"), COLUMNS, strict=True)
)
MOST_ROWS = 100_000
_DATES = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日")


@dataclass(frozen=True)
class Row:
    """One line of the file: its number as Excel shows it, the company it makes or what is wrong."""

    number: int
    company: Entity | None
    problems: tuple[Problem, ...]


class Judge:
    """Judges rows by what the group has already and by what earlier rows of the file bring.

    `grounds` are the rules that the gate asked; known after the first row.
    """

    def __init__(self, actor: Member, at: datetime) -> None:
        self._actor = actor
        self._at = at
        self._day = day_of(at)
        self._codes: dict[str, UUID] = {}
        self._names: set[str] = set()
        self._lines: dict[str, int] = {}
        self._may_register: dict[UUID, bool] = {}
        self.grounds: tuple[str, ...] = ()
        for code, key, name in Entity.objects.values_list("unified_code", "pk", "name").iterator(chunk_size=5000):
            self._codes[code] = key
            self._names.add(name)

    def rows(self, name: str, content: bytes) -> Iterator[Row]:
        """Every row with its problems, in the order of the file; raises `Refused` for the file as a whole."""
        for number, values in titled_rows(name, content, needed=NEEDED, more=MORE, most=MOST_ROWS):
            yield self._judge(number, values)

    def _judge(self, number: int, values: Mapping[str, str]) -> Row:
        problems = _Problems()
        went_live_on = date_of(values["系统上线日期"])
        if went_live_on is None:
            written = values["系统上线日期"]
            problems.add("went_live_on_shape", f"系统上线日期“{written}”不是日期，请写成 2026-01-31", "went_live_on")
        parent = self._parent_of(values.get("上级公司代码", "").upper(), problems)
        details, more = checked(
            CompanyDetails(
                name=values["公司名称"],
                unified_code=values["统一社会信用代码"],
                region=values["区划代码"],
                sector=values["行业"],
                went_live_on=went_live_on or self._day,
                parent_id=parent,
                authority=values.get("登记机关", ""),
            )
        )
        problems.found += more
        for text, label in ((details.unified_code, "统一社会信用代码"), (details.name, "公司名称")):
            if text and (earlier := self._lines.get(text)):
                problems.add(
                    "row_twice", f"与第{earlier}行的{label}相同", "name" if text == details.name else "unified_code"
                )
        if not problems.found:
            self._ask_gate(details, problems)
        if problems.found:
            return Row(number, None, tuple(problems.found))
        company = company_of(details, at=self._at)
        self._codes[company.unified_code] = company.pk
        self._names.add(company.name)
        self._lines |= {company.unified_code: number, company.name: number}
        return Row(number, company, ())

    def _parent_of(self, code: str, problems: _Problems) -> UUID:
        parent = self._codes.get(code) if code else self._actor.entity_id
        if parent is None:
            problems.add("parent_missing", f"上级公司代码 {code} 不在系统中，也不在本行之前", "parent")
            return self._actor.entity_id
        if code not in self._lines:
            if parent not in self._may_register:
                self._may_register[parent] = allows(self._actor, "company.register", on=parent)
            if not self._may_register[parent]:
                problems.add("parent_not_allowed", "您的角色不能在这家上级公司下登记公司", "parent")
        return parent

    def _ask_gate(self, details: CompanyDetails, problems: _Problems) -> None:
        facts = {
            "code_belongs_to_another": details.unified_code in self._codes,
            "name_belongs_to_another": details.name in self._names and details.unified_code not in self._codes,
        }
        try:
            self.grounds = gate(rules_at("organisations.register_company"), facts, on=self._day)
        except Refused as refusal:
            problems.found += refusal.problems


@dataclass
class _Problems:
    found: list[Problem] = field(default_factory=list)

    def add(self, code: str, sentence: str, name: str) -> None:
        self.found.append(Problem(code, sentence, name))


def date_of(text: str) -> date | None:
    """A day as offices write it; eight digits need all eight, so that 202611 is not a day in January."""
    written = text.strip()
    forms = ("%Y%m%d",) if re.fullmatch(r"[0-9]{8}", written) else _DATES
    for form in forms:
        try:
            return datetime.strptime(written, form).date()  # noqa: DTZ007 -- a day, not a moment
        except ValueError:
            continue
    return None
