"""What waits for a salesperson today (我的今天): follow-ups, neglected customers, opportunities, one's own list."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet

from guiju.customers.models import FROZEN_NAME, Customer, Note
from guiju.customers.selectors.reading import Reading
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Missing
from guiju.organisations.models import Member
from guiju.organisations.permissions import sight_of
from guiju.organisations.registry import Treatment
from guiju.privacy.scanning import masked_text
from guiju.sales.models import Opportunity, Todo
from guiju.sales.records import TODO
from guiju.sales.selectors.filtering import is_due
from guiju.sales.selectors.reading import NOBODY_FROZEN, customers_named, is_stored, text_about, treating

QUIET_DAYS = 30
"""So long nobody spoke to a neglected customer (30天没有联系)."""

CLAIMED_DAYS = 7
"""So long somebody who was taken out of the pool shows as new."""

_USABLE = Q(subject=None) | Q(subject__frozen_at=None, subject__erased_at=None)


_IN_HAND = {"ended_on": None, "hidden_at": None}


@dataclass(frozen=True)
class Touch:
    """A customer with whom to go on: what was said last, and since when it waits."""

    customer: Customer
    last: str
    said_at: datetime | None


@dataclass(frozen=True)
class TodoLine:
    """Something on one's own list; `customer` is empty where it is about none, or none that one sees."""

    todo: Todo
    title: str
    customer: str
    is_late: bool
    is_frozen: bool = False


def in_hand(seen: Reading) -> QuerySet[Customer]:
    """The customers in sight that somebody of the company looks after and that may be used."""
    mine = seen.customers().filter(entity_id=seen.member.entity_id, ended_on=None, owner__isnull=False)
    return mine.filter(_USABLE)


def due_touches(seen: Reading) -> QuerySet[Customer]:
    """With whom somebody said they would go on, today or before; the longest waiting first."""
    return in_hand(seen).filter(next_touch_on__lte=seen.on).order_by("next_touch_on", "pk")


def neglected(seen: Reading, *, at: datetime) -> QuerySet[Customer]:
    """To whom nobody spoke for `QUIET_DAYS`, counted from when they were entered or claimed; the quietest first."""
    return in_hand(seen).filter(_is_quiet(at)).order_by("last_touch_at", "made_at", "pk")


def _is_quiet(at: datetime) -> Q:
    before = at - timedelta(days=QUIET_DAYS)
    quiet = Q(last_touch_at__lt=before) | Q(last_touch_at=None)
    return quiet & (Q(claimed_at=None) | Q(claimed_at__lt=before)) & Q(made_at__lt=before)


def claimed(seen: Reading, *, at: datetime) -> QuerySet[Customer]:
    """Who was taken out of the pool in the last `CLAIMED_DAYS` (领取), the newest first."""
    since = at - timedelta(days=CLAIMED_DAYS)
    return in_hand(seen).filter(claimed_at__gte=since).order_by("-claimed_at", "pk")


def pooled(seen: Reading) -> QuerySet[Customer]:
    """Who is in the pool of the member's company (公海); `seen` is a reading for who may claim."""
    return seen.customers().filter(owner=None, ended_on=None, entity_id=seen.member.entity_id)


def own_touches(seen: Reading, *, at: datetime) -> tuple[int, int]:
    """With how many of their own a member is to go on, and to how many nobody spoke for long; in one read."""
    due = Count("pk", filter=Q(next_touch_on__lte=seen.on))
    mine = in_hand(seen).filter(owner_id=seen.member.pk).order_by()
    found = mine.aggregate(due=due, quiet=Count("pk", filter=_is_quiet(at)))
    return found["due"], found["quiet"]


def neglected_by_owner(seen: Reading, *, at: datetime) -> list[tuple[UUID, int]]:
    """How many neglected customers each has, the most first."""
    counted = neglected(seen, at=at).order_by().values_list("owner_id").annotate(count=Count("pk"))
    return sorted(counted, key=lambda one: (-one[1], str(one[0])))


def of_owner(rows: QuerySet[Customer], owner: str, member: Member) -> QuerySet[Customer]:
    """Those of one person: me, an id, or all where nothing is said; what is no id finds nothing."""
    if not owner:
        return rows
    try:
        return rows.filter(owner_id=member.pk if owner == "me" else UUID(owner))
    except ValueError:
        return rows.none()


def touches_of(seen: Reading, rows: Iterable[Customer]) -> list[Touch]:
    """These customers with what was said last, as the member may read it."""
    found = seen.named(rows)
    newest = Note.objects.filter(customer__in=found, removed_at=None).order_by("customer_id", "-at", "-pk")
    said: dict[UUID, Note] = {one.customer_id: one for one in newest.distinct("customer_id")}
    usable = seen.with_usable_notes(one for one in found if one.pk in said)
    return [_touch(seen, one, said.get(one.pk), may_use=one.pk in usable) for one in found]


def _touch(seen: Reading, customer: Customer, note: Note | None, *, may_use: bool) -> Touch:
    if note is None or customer.is_frozen("name") or not may_use:
        return Touch(customer, "", None)
    return Touch(customer, seen.listed_text(customer, note.content, treating(seen.member, seen.sight)), note.at)


def todos_of(member: Member) -> QuerySet[Todo]:
    """What is open on one's own list: what has a day first."""
    return _shown(Todo.objects.filter(member=member, done_at=None, removed_at=None))


def todos_given(member: Member) -> QuerySet[Todo]:
    """What one gave to others and they haven't done yet (交办的)."""
    return _shown(Todo.objects.filter(given_by=member, done_at=None, removed_at=None))


def todos_done(member: Member) -> QuerySet[Todo]:
    """What one has done, or gave and others did (办完的), the newest first."""
    mine = Todo.objects.filter(Q(member=member) | Q(given_by=member), done_at__isnull=False, removed_at=None)
    return _shown(mine).order_by("-done_at", "-pk")


def todo_of(member: Member, todo_id: UUID) -> Todo:
    """Something open that one has or gave; raises `Missing`."""
    mine = Q(member=member) | Q(given_by=member)
    found = _shown(Todo.objects.filter(mine, pk=todo_id, done_at=None, removed_at=None)).first()
    if found is None:
        raise Missing("todo_missing", "没有这件待办，或者已经办完")
    return found


def todos_about(customer: Customer) -> QuerySet[Todo]:
    """What is to be done about a customer, and was, for whoever sees the customer."""
    found = Todo.objects.filter(customer=customer, removed_at=None)
    return found.select_related("member__user").order_by(F("done_at").desc(nulls_first=True), "due_on", "made_at", "pk")


def _shown(rows: QuerySet[Todo]) -> QuerySet[Todo]:
    found = rows.select_related("customer__subject", "given_by__user", "member__user")
    return found.order_by("due_on", F("due_time").asc(nulls_last=True), "made_at", "pk")


def lines_of_todos(rows: Iterable[Todo], member: Member, *, on: date) -> list[TodoLine]:
    found = list(rows)
    names = customers_named(member, (one.customer_id for one in found if one.customer_id), on=on)
    treat = treating(member, sight_of(member, "customer.read", on=on))
    return [_line(one, names.get(one.customer_id, "") if one.customer_id else "", on, treat) for one in found]


def _line(todo: Todo, customer: str, on: date, treat: Callable[[str], Treatment]) -> TodoLine:
    title, is_frozen = masked_text(todo.title, treat), False
    if todo.customer is not None:
        is_frozen = is_stored(todo.customer, TODO)
        title = FROZEN_NAME if is_frozen else text_about(todo.customer, title, shown=customer)
    return TodoLine(todo, title, customer, todo.due_on is not None and todo.due_on < on, is_frozen)


def waiting_by_person(entity_id: UUID, day: date, member_id: UUID | None = None) -> dict[UUID, int]:
    """How much waits for each person of a company: customers, opportunities, and what is on their own list."""
    rows = (
        ("owner_id", Customer.objects.filter(_USABLE, entity_id=entity_id, **_IN_HAND, next_touch_on__lte=day)),
        ("owner_id", Opportunity.objects.filter(is_due(day), NOBODY_FROZEN, entity_id=entity_id)),
        ("member_id", Todo.objects.filter(entity_id=entity_id, done_at=None, removed_at=None, due_on__lte=day)),
    )
    found: dict[UUID, int] = {}
    for column, some in rows:
        mine = some.exclude(**{column: None})
        mine = mine.filter(**{column: member_id}) if member_id else mine
        for pk, count in mine.order_by().values_list(column).annotate(count=Count("pk")):
            found[pk] = found.get(pk, 0) + count
    return found


def count_today(member: Member, *, at: datetime) -> int:
    """How much waits for a member today, for the dashboard."""
    return waiting_by_person(member.entity_id, day_of(at), member.pk).get(member.pk, 0)
