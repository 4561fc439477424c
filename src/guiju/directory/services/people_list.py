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
from guiju.directory.services.groups import NOT_GRANTED, settle_groups
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
        self._members: dict[tuple[UUID, str], Member] = {}
        for member in Member.objects.filter(left_at=None).select_related("user", "entity", "department__head"):
            # One object for each person, so that a change in one company is known in the other.
            member.user = self._users.setdefault(member.user.username, member.user)
            self._members[member.entity_id, member.user.username] = member
        self._departments = _paths(Department.objects.filter(closed_at=None))
        self._listed: dict[tuple[UUID, str], Listed] = {}
        self._names: dict[str, str] = {}
        self._subjects: dict[tuple[UUID, str], set[str]] = {}
        for listed in Listed.objects.filter(member__left_at=None).select_related("member__user").order_by("since"):
            self._know(listed)
        self._there: set[str] = set()
        self._seen: dict[tuple[UUID, str], int] = {}

    def _know(self, listed: Listed) -> None:
        username = listed.member.user.username
        self._listed[listed.entity_id, listed.subject] = listed
        self._names[listed.subject] = username
        self._subjects.setdefault((listed.entity_id, username), set()).add(listed.subject)

    def steps(self, wanted: Iterable[Wanted]) -> Iterator[Step]:
        for one in wanted:
            yield Step(one.number, one.what, partial(self._take, one))

    def vanished(self, wanted: Iterable[Wanted]) -> list[Member]:
        """Whom the directory knew and knows no more, in their company.

        Who is still in it, if with a company that isn't known here or as a new entry, is not gone.
        """
        met, unclear = set(), set()
        for one in wanted:
            self._there.add(one.subject)
            company = self._find_company(one.company)
            if company is None:
                unclear.add(one.subject)
            else:
                met.add((company.pk, self._names.get(one.subject, one.username)))
        known = {listed.member_id: (key[0], listed) for key, listed in self._listed.items()}
        return [
            self._members[entity, listed.member.user.username]
            for entity, listed in known.values()
            if (entity, listed.member.user.username) not in met
            and not unclear & self._subjects[entity, listed.member.user.username]
        ]

    @property
    def listed(self) -> int:
        """How many people the directory is known to know."""
        return len({one.member_id for one in self._listed.values()})

    def leaving_steps(self, vanished: Iterable[Member]) -> Iterator[Step]:
        for member in vanished:
            what = f"{member.user.name}（{member.user.username}）"
            yield Step(0, what, partial(self._leave, 0, what, member, "企业目录中已没有此人"))

    def _take(self, one: Wanted) -> Line:
        company = self._company_of(one)
        is_known = self._is_directory and self._know_again(company, one)
        if is_known:
            # Who got another name to sign in with over there keeps theirs here.
            one = replace(one, username=self._names[one.subject])
        self._refuse_twice(company, one)
        listed = self._listed.get((company.pk, one.subject))
        member = self._members.get((company.pk, one.username))
        if one.leaves:
            if member is None:
                raise Missing("member_missing", f"{company.name}没有用户名是“{one.username}”的在职成员")
            return self._leave(one.number, one.what, member, "按人员名单离职")
        line = self._join(company, one, is_known=is_known) if member is None else self._change(company, member, one)
        now = self._members[company.pk, one.username]
        self._list(now, one, listed)
        more = (
            settle_groups(member=now, groups=one.groups, by_directory=True, at=self._at)
            if one.groups is not None
            else ()
        )
        if more:
            is_change = line.deed is Deed.SAME and not all(word.startswith(NOT_GRANTED) for word in more)
            line = replace(line, deed=Deed.CHANGE if is_change else line.deed, words=(*line.words, *more))
        return line

    def _know_again(self, company: Entity, one: Wanted) -> bool:
        """Whether the directory's id is known; a name that another of its people has here is refused."""
        if not one.subject:
            raise Refused("subject_missing", "目录里没有这个人的编号：请检查 [ldap.attributes] 的 subject")
        if one.subject in self._names:
            return True
        others = self._subjects.get((company.pk, one.username), set()) & self._there
        if others:
            raise Refused("username_of_another", f"用户名“{one.username}”在这里是目录中另一个人的：请先改名")
        return False

    def _find_company(self, written: str) -> Entity | None:
        return self._companies.get(written) or self._companies.get(written.upper())

    def _company_of(self, one: Wanted) -> Entity:
        found = self._find_company(one.company)
        if found is None:
            said = f"没有“{one.company}”这家公司，或您的角色看不到它" if one.company else "没有写公司"
            raise Refused("company_missing", f"{said}：请写统一社会信用代码或完整的公司名称")
        return found

    def _refuse_twice(self, company: Entity, one: Wanted) -> None:
        earlier = self._seen.setdefault((company.pk, one.username), one.number)
        if earlier != one.number:
            raise Refused("row_twice", f"与第{earlier}行是同一个人")

    def _join(self, company: Entity, one: Wanted, *, is_known: bool) -> Line:
        department = self._department_of(company, one)
        user = self._users.get(one.username)
        words = [f"加入{company.name}"]
        if user is None:
            require(self._actor, "member.add", on=company.pk)
            user = make_invited_user(details=PersonDetails(one.username, one.name, one.email, one.phone), at=self._at)
            words.insert(0, "新账号")
        elif user.name != one.name and not is_known:
            raise Refused("username_of_another", f"用户名“{one.username}”是{user.name}的：同名的人请换一个用户名")
        elif not user.is_active:
            words.insert(0, "重新启用账号，要重新设口令")
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
        user.name, user.email, user.phone = changed.user.name, changed.user.email, changed.user.phone
        changed.user = user
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
        # Nobody is there to ask: without a head above, customers wait in the pool for whoever takes them.
        handed = end_member(
            member=member,
            successor=successor,
            reason=reason,
            actor=self._actor,
            origin=_ORIGIN,
            at=self._at,
            is_released=successor is None,
        )
        words = [f"离开{member.entity.name}"]
        if handed.roles:
            words.append(f"收回{handed.roles}个角色")
        if handed.given and successor is not None:
            words.append(f"{handed.given}交给{successor.user.name}")
        if handed.let_go:
            words.append(handed.let_go)
        del self._members[member.entity_id, member.user.username]
        return Line(number, Deed.END, what, tuple(words))

    def _successor_of(self, member: Member) -> Member | None:
        """The nearest head above who is somebody else; without one the services ask for a name."""
        by_id = {one.pk: one for one in self._departments.values()}
        here = {one.pk: one for one in self._members.values()}
        department = member.department
        while department is not None:
            head = here.get(department.head_id) if department.head_id else None
            if head is not None and head.user_id != member.user_id:
                return head
            department = by_id.get(department.parent_id) if department.parent_id else None
        return None

    def _list(self, member: Member, one: Wanted, listed: Listed | None) -> None:
        if self._is_directory and listed is None:
            made = Listed.objects.create(
                id=new_id(), entity_id=member.entity_id, member=member, subject=one.subject, since=self._at
            )
            self._know(made)


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
