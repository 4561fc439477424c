"""Who sees which rows, against a plain reading of the rules (可见范围).

Random trees of companies, departments, people, roles, relations, substitutions and rows are written
down twice: in the database and as plain Python values. For every person, each list, count, detail,
search, export and API answer holds exactly the rows that `Oracle` allows: none too many, none too few.

A tenant table that is not named in `SEEN_BY` fails: whoever adds one says here how its rows are seen.
"""

from __future__ import annotations

import csv
import io
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guiju.database.models import new_id
from guiju.database.policies import TENANT_TABLES
from guiju.database.scope import scope
from guiju.kernel.errors import GuijuError
from guiju.kernel.identifiers import unified_code
from guiju.organisations.models import (
    Department,
    Entity,
    Installation,
    Member,
    MemberRole,
    Relation,
    Role,
    Substitute,
    User,
)
from guiju.organisations.permissions import treatment_of
from guiju.organisations.registry import RESOURCES
from guiju.organisations.selectors import acting, companies_for, seeing
from guiju.organisations.selectors.people import PeopleFilter, people_for
from guiju.organisations.services.tokens import create_token
from guiju.organisations.tests.factories import AT, sign_in
from guiju.review.models import Check
from guiju.review.selectors import check_in, checks_in, hidden_checks

pytestmark = pytest.mark.django_db

EXAMPLES = settings().max_examples if os.environ.get("GUIJU_PROVE") == "1" else 40
"""10,000 in `make prove`."""

REACHES = ("own", "department", "company", "subtree", "group")

SEEN_BY = {
    "organisations_member": "people",
    "organisations_memberrole": "columns of people, by the scope of the structure (test_isolation.py)",
    "organisations_department": "columns of people, by the scope of the structure (test_isolation.py)",
    "organisations_substitute": "columns of people, by the scope of the structure (test_isolation.py)",
    "organisations_relation": "test_relations.py: either side sees it",
    "organisations_companyimport": "one company only, by the database (test_isolation.py)",
    "organisations_disclosure": "test_disclosures.py: who may read them reads those of the group",
    "organisations_alert": "test_disclosures.py: who may read them reads those of the group",
    "work_task": "test_tasks.py: whose hand or right it is in",
    "work_approval": "test_approvals.py: who may decide, and who asked",
    "work_decision": "columns of approvals",
    "access_emergencyaccess": "test_emergency.py",
    "access_rightsreview": "test_reviews.py",
    "access_reviewline": "lines of reviews",
    "review_check": "checks",
    "review_ownword": "test_own_words.py: the structure's scope",
    "evidence_entry": "histories, one company at a time (test_isolation.py)",
    "evidence_revision": "histories, one company at a time (test_isolation.py)",
}
"""How each tenant table is seen: by a list of this test, or by which other test."""

WAYS_OF = {"company.read": "companies", "member.read": "people", "check.read": "checks"}
PURPOSES = ("compliance", "legal", "service", "marketing")


@dataclass(frozen=True)
class PlainRelation:
    giver: int
    receiver: int
    sort: str
    purposes: frozenset[str]
    since: date
    until: date | None
    confirmed: bool
    ended: bool


@dataclass(frozen=True)
class PlainMember:
    company: int
    department: int | None
    roles: frozenset[int]
    left: bool


@dataclass(frozen=True)
class PlainSubstitute:
    absent: int
    deputy: int
    since: date
    until: date
    ended: bool


@dataclass
class Plain:
    """The world as values: companies by their parent, departments by (company, parent)."""

    today: date
    parents: list[int | None]
    departments: list[tuple[int, int | None]]
    roles: list[dict[str, str]]
    members: list[PlainMember]
    relations: list[PlainRelation]
    substitutes: list[PlainSubstitute]
    rows: list[int] = field(default_factory=list)
    """For each row the member who made it: it belongs to that member's company."""


@st.composite
def worlds(draw: st.DrawFn) -> Plain:
    today = timezone.localdate()
    count = draw(st.integers(1, 5))
    parents: list[int | None] = [None, *(draw(st.integers(0, one - 1)) for one in range(1, count))]
    company = st.integers(0, count - 1)
    departments: list[tuple[int, int | None]] = []
    for _ in range(draw(st.integers(0, 4))):
        home = draw(company)
        inside = [number for number, (owner, _) in enumerate(departments) if owner == home]
        departments.append((home, draw(st.sampled_from([None, *inside]))))
    reach = st.sampled_from(("", *REACHES))
    role = st.fixed_dictionaries(dict.fromkeys(WAYS_OF, reach))
    roles = [
        {right: word for right, word in one.items() if word} for one in draw(st.lists(role, min_size=1, max_size=3))
    ]
    members = []
    for _ in range(draw(st.integers(1, 5))):
        home = draw(company)
        inside = [number for number, (owner, _) in enumerate(departments) if owner == home]
        members.append(
            PlainMember(
                home,
                draw(st.sampled_from([None, *inside])),
                draw(st.frozensets(st.integers(0, len(roles) - 1), max_size=2)),
                draw(st.integers(0, 7)) == 0,
            )
        )
    days = st.integers(-2, 2).map(lambda number: today + timedelta(days=number))
    relations = []
    for _ in range(draw(st.integers(0, 4)) if count > 1 else 0):
        giver = draw(company)
        receiver = draw(company.filter(lambda one, giver=giver: one != giver))
        since = draw(days)
        relations.append(
            PlainRelation(
                giver,
                receiver,
                draw(st.sampled_from(("entrust", "provide", "joint"))),
                draw(st.frozensets(st.sampled_from(PURPOSES), min_size=1, max_size=2)),
                since,
                draw(st.sampled_from((None, since, since + timedelta(days=3)))),
                draw(st.integers(0, 4)) > 0,
                draw(st.integers(0, 4)) == 0,
            )
        )
    someone = st.integers(0, len(members) - 1)
    substitutes = []
    for _ in range(draw(st.integers(0, 2))):
        absent, deputy = draw(someone), draw(someone)
        if absent != deputy and members[absent].company == members[deputy].company:
            since = draw(days)
            substitutes.append(
                PlainSubstitute(absent, deputy, since, since + timedelta(days=1), draw(st.integers(0, 3)) == 0)
            )
    return Plain(
        today, parents, departments, roles, members, relations, substitutes, draw(st.lists(someone, max_size=8))
    )


class Oracle:
    """The rules of 0013 once more, in as few words as they have, without a database."""

    def __init__(self, world: Plain) -> None:
        self.world = world

    def above(self, company: int) -> set[int]:
        """A company and all above it."""
        found, now = {company}, self.world.parents[company]
        while now is not None:
            found.add(now)
            now = self.world.parents[now]
        return found

    def departments_above(self, department: int | None) -> set[int]:
        found = set()
        while department is not None:
            found.add(department)
            department = self.world.departments[department][1]
        return found

    def hands(self, who: int) -> set[int]:
        """The person, and for whom they stand in today."""
        return {who} | {
            one.absent
            for one in self.world.substitutes
            if one.deputy == who
            and not one.ended
            and one.since <= self.world.today <= one.until
            and not self.world.members[one.absent].left
        }

    def reaches(self, who: int, right: str) -> set[str]:
        return {
            self.world.roles[role][right] for role in self.world.members[who].roles if right in self.world.roles[role]
        }

    def opened(self, receiver: int, giver: int) -> bool:
        """Whether a relation opens one company's reviews to another today."""
        return any(
            one.confirmed
            and not one.ended
            and one.since <= self.world.today
            and (one.until is None or one.until >= self.world.today)
            and one.purposes & {"compliance", "legal"}
            and (
                (one.receiver, one.giver) == (receiver, giver)
                or (one.sort == "joint" and (one.giver, one.receiver) == (receiver, giver))
            )
            for one in self.world.relations
        )

    def within(self, who: int, right: str, company: int) -> bool:
        """Whether a right reaches all of a company."""
        home = self.world.members[who].company
        words = set().union(*(self.reaches(hand, right) for hand in self.hands(who)))
        if "group" in words or (company == home and words & {"company", "subtree"}):
            return True
        return "subtree" in words and home in self.above(company)

    def in_hand(self, who: int, right: str, owner: int) -> bool:
        """Whether a right reaches what one person of the same company has in hand."""
        for hand in self.hands(who):
            words = self.reaches(hand, right)
            if words & {"own", "department"} and owner == hand:
                return True
            there = self.world.members[hand].department
            if (
                "department" in words
                and there is not None
                and there in self.departments_above(self.world.members[owner].department)
            ):
                return True
        return False

    def sees_company(self, who: int, company: int) -> bool:
        if company == self.world.members[who].company:
            return any(self.reaches(hand, "company.read") for hand in self.hands(who))
        return self.within(who, "company.read", company)

    def sees_person(self, who: int, other: int) -> bool:
        company = self.world.members[other].company
        # Whose company isn't known has no people either.
        if not (company == self.world.members[who].company or self.sees_company(who, company)):
            return False
        same = company == self.world.members[who].company
        return self.within(who, "member.read", company) or (same and self.in_hand(who, "member.read", other))

    def sees_check(self, who: int, owner: int) -> bool:
        company, home = self.world.members[owner].company, self.world.members[who].company
        if company == home:
            return self.within(who, "check.read", company) or self.in_hand(who, "check.read", owner)
        return self.within(who, "check.read", company) and self.opened(home, company)

    def hidden_checks(self, who: int) -> dict[int, int]:
        """Rows within reach of which only the number is told, by company."""
        home, counts = self.world.members[who].company, {}
        for owner in self.world.rows:
            company = self.world.members[owner].company
            if company != home and self.within(who, "check.read", company) and not self.opened(home, company):
                counts[company] = counts.get(company, 0) + 1
        return counts


@dataclass
class Stored:
    """The same world in the database, in the same order."""

    companies: list[Entity]
    members: list[Member]
    rows: list[Check]


def store(world: Plain) -> Stored:
    codes = iter(range(1, 1000))
    companies = [
        Entity(
            id=new_id(),
            unified_code=unified_code.make("330106", next(codes)),
            name=f"公司{number}号",
            region="330106",
            sector="food",
            went_live_on=AT.date(),
            registered_at=AT,
        )
        for number in range(len(world.parents))
    ]
    for one, parent in zip(companies, world.parents, strict=True):
        one.parent = companies[parent] if parent is not None else None
    Installation.objects.create(instance=UUID(int=1), kind="production", made_at=AT)
    everywhere = {one.pk for one in companies}
    with scope(entities=everywhere, trees=everywhere):
        for one in companies:
            one.save(force_insert=True)
        departments = []
        for number, (home, parent) in enumerate(world.departments):
            above = departments[parent] if parent is not None else None
            departments.append(Department(entity=companies[home], parent=above, name=f"部门{number}"))
        Department.objects.bulk_create(departments)
        roles = Role.objects.bulk_create(
            Role(code=f"r{number}", name=f"角色{number}", rights=rights) for number, rights in enumerate(world.roles)
        )
        users = User.objects.bulk_create(
            User(username=f"user{number}", name=f"成员{number}", made_at=AT) for number in range(len(world.members))
        )
        members = Member.objects.bulk_create(
            Member(
                entity=companies[one.company],
                user=user,
                department=departments[one.department] if one.department is not None else None,
                joined_at=AT,
                left_at=AT if one.left else None,
            )
            for one, user in zip(world.members, users, strict=True)
        )
        MemberRole.objects.bulk_create(
            MemberRole(entity_id=member.entity_id, member=member, role=roles[role])
            for one, member in zip(world.members, members, strict=True)
            for role in one.roles
        )
        Relation.objects.bulk_create(
            Relation(
                entity=companies[one.giver],
                receiver=companies[one.receiver],
                sort=one.sort,
                purposes=sorted(one.purposes),
                contract="协议",
                since=one.since,
                until=one.until,
                proposed_by=users[0],
                confirmed_by=users[0] if one.confirmed else None,
                confirmed_at=AT if one.confirmed else None,
                ended_at=AT if one.ended else None,
            )
            for one in world.relations
        )
        Substitute.objects.bulk_create(
            Substitute(
                entity_id=members[one.absent].entity_id,
                member=members[one.absent],
                substitute=members[one.deputy],
                since=one.since,
                until=one.until,
                reason="年假",
                ended_at=AT if one.ended else None,
            )
            for one in world.substitutes
        )
        rows = Check.objects.bulk_create(
            Check(
                entity_id=members[owner].entity_id,
                member=members[owner],
                kind="ads",
                source=f"第{number}份",
                digest="0" * 64,
                law_as_of=AT.date(),
                rules_version="1",
                total=0,
                blocked=0,
                reviewed=0,
                answers=[],
                made_at=AT,
            )
            for number, owner in enumerate(world.rows)
        )
    return Stored(companies, members, rows)


def compare(world: Plain, stored: Stored, who: int) -> None:
    """Everything that the selectors tell one person."""
    oracle, member = Oracle(world), stored.members[who]
    companies = {number for number in range(len(world.parents)) if oracle.sees_company(who, number)}
    people = {number for number in range(len(world.members)) if oracle.sees_person(who, number)}
    rows = {number for number, owner in enumerate(world.rows) if oracle.sees_check(who, owner)}
    with acting(member):
        assert {one.pk for one in companies_for(member)} == {stored.companies[one].pk for one in companies}
        found = {one.pk for one in companies_for(member, search="公司0号")}
        assert found == {stored.companies[one].pk for one in companies & {0}}
        for left in (False, True):
            wanted = {stored.members[one].pk for one in people if world.members[one].left is left}
            assert _people(member, PeopleFilter(left=left), world.today) == wanted
        here = {stored.members[one].pk for one in people & {0} if not world.members[one].left}
        assert _people(member, PeopleFilter(search="成员0"), world.today) == here
        # A company may be counted without being named, for who doesn't see companies that far.
        hidden = Counter()
        for number, count in oracle.hidden_checks(who).items():
            hidden[f"公司{number}号" if number in companies else "看不到名称的公司"] += count
        assert _checks(member, stored, world) == ({stored.rows[one].pk for one in rows}, hidden)


def _people(member: Member, wanted: PeopleFilter, day: date) -> set[UUID]:
    try:
        found = people_for(member, wanted, on=day)
    except GuijuError:
        return set()
    assert found.count() == len(found)
    return {one.pk for one in found}


def _checks(member: Member, stored: Stored, world: Plain) -> tuple[set[UUID], dict[str, int]]:
    """What the list shows, what each detail shows, and what is told of the rest."""
    try:
        with seeing(member, "check.read", on=world.today) as sight:
            listed = {one.pk for one in checks_in(sight)}
            assert checks_in(sight).count() == len(listed)
            assert {one.pk for one in stored.rows if _is_shown(sight, one)} == listed
            hidden: Counter[str] = Counter()
            for one in hidden_checks(sight):
                hidden[one.company] += one.count
            return listed, hidden
    except GuijuError:
        return set(), Counter()


def _is_shown(sight: object, row: Check) -> bool:
    try:
        return check_in(sight, row.pk).pk == row.pk  # type: ignore[arg-type]
    except GuijuError:
        return False


def compare_pages(world: Plain, stored: Stored, who: int) -> None:
    """The same through pages, exports and API."""
    oracle, member = Oracle(world), stored.members[who]
    browser = sign_in(Client(), member.user.username)
    with acting(member):
        secret = create_token(member=member, name="x", days=1, at=timezone.now())
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {secret}"}
    companies = {one.unified_code for number, one in enumerate(stored.companies) if oracle.sees_company(who, number)}
    listed = Client().get("/api/v1/companies", **bearer).json()
    assert listed["count"] == len(companies) and {one["unified_code"] for one in listed["items"]} == companies
    page = browser.get("/companies/").content.decode()
    assert {one.unified_code for one in stored.companies if one.unified_code in page} == companies
    for number, one in enumerate(stored.companies):
        shown = 200 if oracle.sees_company(who, number) else 404
        assert browser.get(f"/companies/{one.pk}/").status_code == shown
        assert Client().get(f"/api/v1/companies/{one.pk}", **bearer).status_code == shown
    exported = browser.get("/companies/export.csv")
    if exported.status_code == 200:
        lines = list(csv.reader(io.StringIO(exported.getvalue().decode("utf-8-sig"))))
        assert {line[0] for line in lines[1:]} == companies
    for number, other in enumerate(stored.members):
        expected = {200} if oracle.sees_person(who, number) else {403, 404}
        assert browser.get(f"/people/{other.pk}/").status_code in expected
    for number, owner in enumerate(world.rows):
        expected = {200} if oracle.sees_check(who, owner) else {403, 404}
        for address in (
            f"/review/checks/{stored.rows[number].pk}/",
            f"/review/checks/{stored.rows[number].pk}/result.xlsx",
        ):
            assert browser.get(address).status_code in expected


def taken_back(world: Plain) -> Iterator[Stored]:
    with transaction.atomic():
        yield store(world)
        transaction.set_rollback(True)


_SLOW = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]


@settings(max_examples=EXAMPLES, suppress_health_check=_SLOW)
@given(world=worlds())
def test_everybody_sees_exactly_the_rows_that_the_rules_allow(world: Plain) -> None:
    for stored in taken_back(world):
        for who, plain in enumerate(world.members):
            if not plain.left:
                compare(world, stored, who)


@settings(max_examples=EXAMPLES // 10, suppress_health_check=_SLOW)
@given(world=worlds())
def test_pages_exports_and_api_show_the_same(world: Plain) -> None:
    for stored in taken_back(world):
        for who, plain in enumerate(world.members[:1]):
            if not plain.left:
                compare_pages(world, stored, who)


def test_every_tenant_table_is_in_the_list() -> None:
    assert SEEN_BY.keys() == TENANT_TABLES


def test_a_row_too_many_is_found() -> None:
    """The comparison can fail: with a relation that the oracle doesn't know of."""
    day = timezone.localdate()
    world = Plain(
        day, [None, 0], [], [{"check.read": "group"}], [PlainMember(0, None, frozenset({0}), False)], [], [], []
    )
    world.members.append(PlainMember(1, None, frozenset(), False))
    world.rows.append(1)
    other = PlainRelation(1, 0, "entrust", frozenset({"legal"}), day, None, True, False)
    for stored in taken_back(Plain(**{**vars(world), "relations": [other]})):
        with pytest.raises(AssertionError):
            compare(world, stored, 0)


def test_fields_are_treated_as_the_clearest_role_says() -> None:
    day = timezone.localdate()
    world = Plain(day, [None], [], [{}], [PlainMember(0, None, frozenset({0}), False)], [], [], [])
    for stored in taken_back(world):
        for words, expected in (
            ({"member.phone": "clear"}, "clear"),
            ({"member.phone": "hidden"}, "hidden"),
            ({}, "masked"),
        ):
            Role.objects.filter(code="r0").update(treatments=words)
            stored.members[0].__dict__.pop("_rights", None)
            with acting(stored.members[0]):
                assert treatment_of(stored.members[0], "member", "phone") == expected
    assert "phone" in RESOURCES["member"].fields
