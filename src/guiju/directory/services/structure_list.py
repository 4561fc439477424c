"""Departments, their heads and each company's authority from a list (组织架构)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from guiju.directory.services.lines import Deed, Line, Step
from guiju.kernel.errors import Missing, Refused
from guiju.organisations.models import Department, Entity, Member
from guiju.organisations.services import CompanyChanges, change_company
from guiju.organisations.services.departments import (
    DepartmentDetails,
    change_department,
    close_department,
    found_department,
)
from guiju.sheets.titled import titled_rows

NEEDED = ("公司", "部门")
MORE = ("负责人", "登记机关", "状态")
COLUMNS = (*NEEDED, *MORE)
MOST_ROWS = 2_000
CLOSED = "撤销"
_NOBODY = "无"


@dataclass(frozen=True)
class Wanted:
    """One row: a company (no department) with its authority, or a department with its head (a user name).

    `path` leads to the department from the top (销售部/华东组); an empty field leaves things as they are.
    """

    number: int
    company: str
    path: tuple[str, ...]
    head: str
    authority: str
    closes: bool

    @property
    def what(self) -> str:
        return "/".join((self.company, *self.path))


def read_structure(name: str, content: bytes) -> list[Wanted]:
    """The rows of a file; raises `Refused` for the file as a whole."""
    rows = []
    for number, values in titled_rows(name, content, needed=NEEDED, more=MORE, most=MOST_ROWS):
        state = values.get("状态", "").strip()
        if state not in ("", CLOSED):
            raise Refused("department_state", f"文件“{name}”第{number}行：状态空着，或写“{CLOSED}”，不是“{state}”")
        path = tuple(" ".join(part.split()) for part in values["部门"].replace("／", "/").split("/") if part.strip())
        rows.append(
            Wanted(
                number,
                values["公司"].strip(),
                path,
                values.get("负责人", "").strip().casefold(),
                values.get("登记机关", "").strip(),
                state == CLOSED,
            )
        )
    if not rows:
        raise Refused("file_without_rows", f"文件“{name}”只有表头，没有部门")
    return rows


class Structure:
    """What the group has already, read once."""

    def __init__(self, actor: Member, at: datetime) -> None:
        self._actor, self._at = actor, at
        companies = list(Entity.objects.all())
        self._companies = {one.unified_code: one for one in companies} | {one.name: one for one in companies}
        self._departments = {
            (one.entity_id, one.parent_id, one.name): one
            for one in Department.objects.filter(closed_at=None).select_related("head__user")
        }

    def steps(self, wanted: Iterable[Wanted]) -> Iterator[Step]:
        for one in wanted:
            yield Step(one.number, one.what, partial(self._take, one))

    def _take(self, one: Wanted) -> Line:
        company = self._companies.get(one.company) or self._companies.get(one.company.upper())
        if company is None:
            said = f"没有“{one.company}”这家公司，或您的角色看不到它" if one.company else "没有写公司"
            raise Refused("company_missing", f"{said}：请写统一社会信用代码或完整的公司名称")
        if one.path and one.authority:
            raise Refused("authority_of_department", "登记机关是公司的，写在没有部门的那一行")
        if not one.path:
            return self._company(company, one)
        return self._department(company, one)

    def _company(self, company: Entity, one: Wanted) -> Line:
        if one.closes or one.head:
            raise Refused("company_row", "没有写部门的行只能改公司的登记机关；公司在公司页面里登记和修改")
        if not one.authority or one.authority == company.authority:
            return Line(one.number, Deed.SAME, company.name)
        before = company.authority or "—"
        changes = CompanyChanges(authority=one.authority, reason="按组织架构导入")
        changed = change_company(company_id=company.pk, changes=changes, actor=self._actor, at=self._at)
        self._companies[one.company] = changed
        return Line(one.number, Deed.CHANGE, company.name, (f"登记机关 {before} → {changed.authority}",))

    def _department(self, company: Entity, one: Wanted) -> Line:
        parent = self._parent(company, one)
        key = (company.pk, parent.pk if parent else None, one.path[-1])
        found = self._departments.get(key)
        if one.closes:
            if found is None:
                raise Missing("department_missing", f"{company.name}没有这个部门")
            close_department(department_id=found.pk, actor=self._actor, at=self._at)
            del self._departments[key]
            return Line(one.number, Deed.END, one.what, (CLOSED,))
        head_id = self._head(company, one, found)
        details = DepartmentDetails(one.path[-1], key[1], head_id)
        if found is None:
            made = found_department(company=company, details=details, actor=self._actor, at=self._at)
            self._departments[key] = made
            return Line(one.number, Deed.NEW, one.what, (f"负责人 {one.head}",) if head_id else ())
        if head_id == found.head_id:
            return Line(one.number, Deed.SAME, one.what)
        before = found.head.user.name if found.head else "—"
        changed = change_department(department_id=found.pk, details=details, actor=self._actor, at=self._at)
        self._departments[key] = changed
        return Line(
            one.number,
            Deed.CHANGE,
            one.what,
            (f"负责人 {before} → {changed.head.user.name if changed.head else '—'}",),
        )

    def _parent(self, company: Entity, one: Wanted) -> Department | None:
        above: Department | None = None
        for depth, name in enumerate(one.path[:-1], 1):
            above = self._departments.get((company.pk, above.pk if above else None, name))
            if above is None:
                missing = "/".join(one.path[:depth])
                raise Refused("department_parent", f"上级部门“{missing}”不在系统中，也不在本行之前")
        return above

    def _head(self, company: Entity, one: Wanted, found: Department | None) -> UUID | None:
        if not one.head:
            return found.head_id if found else None
        if one.head == _NOBODY:
            return None
        head = Member.objects.filter(entity=company, user__username=one.head, left_at=None).first()
        if head is None:
            raise Refused("department_head", f"{company.name}没有用户名是“{one.head}”的在职成员")
        return head.pk
