"""A group as plain values, random ones of it, and who sees what in it by a plain reading of the rules (0013).

Knows no database: `test_isolation_oracle.py` holds what the product shows against it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

from django.utils import timezone
from hypothesis import strategies as st

REACHES = ("own", "department", "company", "subtree", "group")
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
