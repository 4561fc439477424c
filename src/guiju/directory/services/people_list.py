"""People from a list (人员名单): who comes, who changes, who leaves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from uuid import UUID

from guiju.accounts.origin import Origin
from guiju.accounts.services.leaving import end_member, in_hand
from guiju.database.models import new_id
from guiju.directory.models import Listed
from guiju.directory.services.groups import settle_groups
from guiju.directory.services.lines import Deed, Line, Step
from guiju.kernel.errors import Missing, Problem, Refused
from guiju.organisations.models import Department, Entity, Member, User
from guiju.organisations.permissions import require
from guiju.organisations.services.people import (
    MemberChanges,
    PersonDetails,
    add_member,
    change_member,
    checked_person,
    make_invited_user,
)
from guiju.sheets.titled import titled_rows

NEEDED = ("用户名", "姓名", "公司")
MORE = ("部门", "职务", "电子邮箱", "手机", "状态")
COLUMNS = (*NEEDED, *MORE)
MOST_ROWS = 20_000
LEFT = "离职"
_STATES = frozenset({"", "在职", LEFT})
_ORIGIN = Origin(None, "guiju", "directory")


@dataclass(frozen=True)
class Wanted:
    """How one person is to be. An empty field leaves what is known as it is; `subject` is the directory's id.

    `company` is a code or a whole name, `department` a path from the top (销售部/华东组).
    """

    number: int
    username: str
    name: str
    company: str
    department: str = ""
    title: str = ""
    email: str = ""
    phone: str = ""
    leaves: bool = False
    subject: str = ""
    groups: tuple[str, ...] | None = None

    @property
    def what(self) -> str:
        return f"{self.name}（{self.username}）"


def read_people(name: str, content: bytes) -> list[Wanted]:
    """The rows of a file; raises `Refused` for the file as a whole."""
    rows = []
    for number, values in titled_rows(name, content, needed=NEEDED, more=MORE, most=MOST_ROWS):
        state = values.get("状态", "").strip()
        if state not in _STATES:
            raise Refused("person_state", f"文件“{name}”第{number}行：状态写“在职”或“{LEFT}”，不是“{state}”")
        rows.append(
            Wanted(
                number,
                username=values["用户名"].strip().casefold(),
                name=values["姓名"].strip(),
                company=values["公司"].strip(),
                department=values.get("部门", "").strip(),
                title=values.get("职务", "").strip(),
                email=values.get("电子邮箱", "").strip(),
                phone=values.get("手机", "").strip(),
                leaves=state == LEFT,
            )
        )
    if not rows:
        raise Refused("file_without_rows", f"文件“{name}”只有表头，没有人员")
    return rows


class People:
    """What the group has already, read once; each step looks there and not into the database."""

    def __init__(self, actor: Member, at: datetime, *, usernames: Iterable[str], is_directory: bool = False) -> None:
        self._actor, self._at = actor, at
        self._is_directory = is_directory
        companies = list(Entity.objects.all())
        self._companies = {one.unified_code: one for one in companies} | {one.name: one for one in companies}
        self._users = {user.username: user for user in User.objects.filter(username__in=set(usernames))}
        self._members = {
            (one.entity_id, one.user.username): one
            for one in Member.objects.filter(left_at=None).select_related("user", "entity", "department__head")
        }
        self._departments = _paths(Department.objects.filter(closed_at=None))
        self._listed = {
            (one.entity_id, one.subject): one
            for one in Listed.objects.filter(member__left_at=None).select_related("member__user")
        }
        self._seen: dict[tuple[UUID, str], int] = {}

    def steps(self, wanted: Iterable[Wanted]) -> Iterator[Step]:
        for one in wanted:
            yield Step(one.number, one.what, partial(self._take, one))

    def vanished(self, wanted: Iterable[Wanted]) -> list[Listed]:
        """Whom the directory knew and knows no more, in their company."""
        there = {
            (company.pk, one.subject) for one in wanted if (company := self._companies.get(one.company)) is not None
        }
        return [one for key, one in self._listed.items() if key not in there]

    @property
    def listed(self) -> int:
        return len(self._listed)

    def leaving_steps(self, vanished: Iterable[Listed]) -> Iterator[Step]:
        for one in vanished:
            member = self._members[one.entity_id, one.member.user.username]
            what = f"{member.user.name}（{member.user.username}）"
            yield Step(0, what, partial(self._leave, 0, what, member, "企业目录中已没有此人"))

    def _take(self, one: Wanted) -> Line:
        company = self._company_of(one)
        self._refuse_twice(company, one)
        listed = self._listed.get((company.pk, one.subject)) if one.subject else None
        if listed is not None:
            # Who got another name to sign in with over there keeps theirs here.
            one = replace(one, username=listed.member.user.username)
        member = self._members.get((company.pk, one.username))
        if one.leaves:
            if member is None:
                raise Missing("member_missing", f"{company.name}没有用户名是“{one.username}”的在职成员")
            return self._leave(one.number, one.what, member, "按人员名单离职")
        line = self._join(company, one) if member is None else self._change(company, member, one)
        now = self._members[company.pk, one.username]
        self._list(now, one, listed)
        more = settle_groups(member=now, groups=one.groups, at=self._at) if one.groups is not None else ()
        if more:
            line = replace(line, deed=Deed.CHANGE if line.deed is Deed.SAME else line.deed, words=(*line.words, *more))
        return line

    def _company_of(self, one: Wanted) -> Entity:
        found = self._companies.get(one.company) or self._companies.get(one.company.upper())
        if found is None:
            said = f"没有“{one.company}”这家公司，或您的角色看不到它" if one.company else "没有写公司"
            raise Refused("company_missing", f"{said}：请写统一社会信用代码或完整的公司名称")
        return found

    def _refuse_twice(self, company: Entity, one: Wanted) -> None:
        earlier = self._seen.setdefault((company.pk, one.username), one.number)
        if earlier != one.number:
            raise Refused("row_twice", f"与第{earlier}行是同一个人")

    def _join(self, company: Entity, one: Wanted) -> Line:
        department = self._department_of(company, one)
        user = self._users.get(one.username)
        words = [f"加入{company.name}"]
        if user is None:
            require(self._actor, "member.add", on=company.pk)
            user = make_invited_user(details=PersonDetails(one.username, one.name, one.email, one.phone), at=self._at)
            words.insert(0, "新账号")
        elif user.name != one.name:
            raise Refused("username_of_another", f"用户名“{one.username}”是{user.name}的：同名的人请换一个用户名")
        elif not user.is_active:
            raise Refused("user_inactive", f"{user.name}的账号已停用：请先在成员里重新邀请")
        member = add_member(
            company=company, user=user, actor=self._actor, at=self._at, title=one.title, department=department
        )
        self._users[user.username] = user
        self._members[company.pk, user.username] = member
        words += [f"部门 {one.department}"] * bool(department) + [f"职务 {one.title}"] * bool(one.title)
        return Line(one.number, Deed.NEW, one.what, tuple(words))

    def _change(self, company: Entity, member: Member, one: Wanted) -> Line:
        user = member.user
        details, problems = checked_person(
            PersonDetails(user.username, one.name or user.name, one.email or user.email, one.phone or user.phone),
            known=user,
        )
        if problems:
            raise Refused.because(problems)
        department = self._department_of(company, one) if one.department else member.department
        title = one.title or member.title
        # Addresses are masked for who does this: that they differ is enough.
        words = [
            *([f"姓名 {user.name} → {details.name}"] if details.name != user.name else []),
            *([f"部门 {member.department or '—'} → {department or '—'}"] if department != member.department else []),
            *([f"职务 {member.title or '—'} → {title}"] if title != member.title else []),
            *(["电子邮箱有变化"] if details.email != user.email else []),
            *(["手机有变化"] if details.phone != user.phone else []),
        ]
        if not words:
            return Line(one.number, Deed.SAME, one.what)
        changes = MemberChanges(
            details.name, details.email, details.phone, title, department.pk if department else None
        )
        changed = change_member(member=member, changes=changes, actor=self._actor, at=self._at)
        self._members[company.pk, user.username] = changed
        return Line(one.number, Deed.CHANGE, one.what, tuple(words))

    def _department_of(self, company: Entity, one: Wanted) -> Department | None:
        found = self._departments.get((company.pk, one.department))
        if found is None and one.department and not self._is_directory:
            problem = Problem("department_missing", f"{company.name}没有部门“{one.department}”：请先设立或导入组织架构")
            raise Refused.because([problem])
        return found

    def _leave(self, number: int, what: str, member: Member, reason: str) -> Line:
        successor = self._successor_of(member) if in_hand(member) else None
        handed = end_member(
            member=member, successor=successor, reason=reason, actor=self._actor, origin=_ORIGIN, at=self._at
        )
        words = [f"离开{member.entity.name}"]
        if handed.roles:
            words.append(f"收回{handed.roles}个角色")
        if handed.holdings and successor is not None:
            held = "、".join(f"{label}{count}项" for label, count in handed.holdings)
            words.append(f"{held}交给{successor.user.name}")
        del self._members[member.entity_id, member.user.username]
        return Line(number, Deed.END, what, tuple(words))

    def _successor_of(self, member: Member) -> Member | None:
        """The nearest head above who is somebody else; without one the services ask for a name."""
        by_id = {one.pk: one for one in self._departments.values()}
        department = member.department
        while department is not None:
            head = department.head
            if head is not None and head.user_id != member.user_id and head.left_at is None:
                return head
            department = by_id.get(department.parent_id) if department.parent_id else None
        return None

    def _list(self, member: Member, one: Wanted, listed: Listed | None) -> None:
        if self._is_directory and listed is None:
            made = Listed.objects.create(
                id=new_id(), entity_id=member.entity_id, member=member, subject=one.subject, since=self._at
            )
            self._listed[member.entity_id, one.subject] = made


def _paths(departments: Iterable[Department]) -> dict[tuple[UUID, str], Department]:
    """Every department by its company and its path from the top; one name alone where it is the only one."""
    by_id = {one.pk: one for one in departments}
    found: dict[tuple[UUID, str], Department] = {}
    alone: dict[tuple[UUID, str], list[Department]] = {}
    for one in by_id.values():
        names, above = [one.name], one.parent_id
        while above is not None and above in by_id:
            names.append(by_id[above].name)
            above = by_id[above].parent_id
        found[one.entity_id, "/".join(reversed(names))] = one
        alone.setdefault((one.entity_id, one.name), []).append(one)
    return {key: same[0] for key, same in alone.items() if len(same) == 1} | found
