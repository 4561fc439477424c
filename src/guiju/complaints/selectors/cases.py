"""Reads of complaints by staff (投诉): those that a member's right covers, and of who complained what their role shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from guiju.complaints.models import Complaint, Step
from guiju.complaints.numbers import read_number
from guiju.customers.values import TAIL_DIGITS, keys_of_phone
from guiju.deadlines.models import Duty
from guiju.deadlines.selectors.calendar import work_calendar
from guiju.deadlines.selectors.duties import due_words, left_of
from guiju.kernel.calendar.clock import CHINA, day_of
from guiju.kernel.errors import Missing
from guiju.keys.values import sealed_values
from guiju.orders.services.clock import REFUND
from guiju.organisations.models import Member
from guiju.organisations.permissions import Sight, sight_of, treatment_of
from guiju.organisations.selectors import Hidden, hidden_from, seeing
from guiju.privacy.masking import shown


@dataclass(frozen=True)
class Line:
    """A case as a list shows it: who complained, the beginning of what they wrote, how long is left."""

    case: Complaint
    name: str
    phone: str
    text: str
    left: str
    is_late: bool


@dataclass(frozen=True)
class StepLine:
    """What happened, by whom, and its text."""

    step: Step
    text: str
    who: str


@dataclass(frozen=True)
class ClockLine:
    """A clock of a case in words."""

    duty: Duty
    label: str
    due: str
    left: str
    is_late: bool


@dataclass
class CaseReading:
    """Which cases a member sees."""

    member: Member
    sight: Sight
    at: datetime

    def rows(self) -> QuerySet[Complaint]:
        return self.sight.of(Complaint.objects.all(), owner="holder").select_related("holder__user", "entity")

    def case(self, complaint_id: UUID) -> Complaint:
        found = self.rows().select_related("customer", "order", "product").filter(pk=complaint_id).first()
        if found is None:
            raise Missing("complaint_missing", "没有这件投诉，或您的角色看不到它")
        return found

    def hidden(self) -> list[Hidden]:
        return hidden_from(self.sight, Complaint.objects.all())

    def lines(self, cases: Sequence[Complaint]) -> list[Line]:
        calendar = work_calendar()
        return [self._line(one, _left(one, calendar, self.at)) for one in cases]

    def _line(self, case: Complaint, left: str) -> Line:
        said = sealed_values(case, "sealed")
        text = str(said.get("text", ""))
        is_late = case.due_at is not None and case.due_at < self.at
        return Line(case, str(said.get("name", "")) or "（没有留称呼）", self.phone(case), text[:60], left, is_late)

    def phone(self, case: Complaint) -> str:
        number = str(sealed_values(case, "sealed").get("phone", ""))
        treatment = treatment_of(self.member, "complaint", "phone", self.sight, case.entity_id)
        return shown("phone", number, treatment)

    def steps(self, case: Complaint) -> list[StepLine]:
        rows = case.steps.select_related("by__user").order_by("at", "pk")
        return [StepLine(one, _text(one), who_of(one)) for one in rows]

    def clocks(self, case: Complaint) -> list[ClockLine]:
        calendar = work_calendar()
        of_order = Q(subject_id=case.order_id, kind=REFUND) if case.order_id else Q(pk=None)
        rows = Duty.objects.filter(Q(subject_id=case.pk) | of_order).order_by("ended_at", "due_at", "pk")
        return [
            ClockLine(
                one,
                one.title.partition("：")[2] or one.title,
                due_words(one),
                left_of(one, calendar, self.at) if one.ended_at is None else one.get_state_display(),
                one.ended_at is None and one.due_at is not None and one.due_at < self.at,
            )
            for one in rows
        ]


def _left(case: Complaint, calendar: object, at: datetime) -> str:
    """How long is left until the nearest of our own ends, in days."""
    if case.due_at is None or not case.is_open:
        return ""
    days = (case.due_at - at).total_seconds() / 86400
    if days < 0:
        return f"已逾期{-int(days)}天" if days <= -1 else "已逾期"
    return f"还剩{int(days)}天" if days >= 1 else "今天到期"


def _text(step: Step) -> str:
    return str(sealed_values(step, "sealed").get("text", ""))


_OF_COMPLAINANT = frozenset({Step.Kind.SAID, Step.Kind.FILED, Step.Kind.DISAGREED, Step.Kind.RATED, Step.Kind.VERIFIED})


def who_of(step: Step) -> str:
    """Who took a step, in a word."""
    if step.by is not None:
        return step.by.user.name
    return "投诉人" if step.kind in _OF_COMPLAINANT else "系统"


@contextmanager
def reading_complaints(
    member: Member, *, at: datetime, on: date, right: str = "complaint.read"
) -> Iterator[CaseReading]:
    """Read complaints, those of another company where a relation opens them; raises `NotAllowed` without the right."""
    with seeing(member, right, on=on) as sight:
        yield CaseReading(member, sight, at)


def may(member: Member, right: str, case: Complaint, *, on: date) -> bool:
    """Whether a right of the member covers a case that they see."""
    sight = sight_of(member, right, on=on)
    return sight.reach is not None and sight.of(Complaint.objects.filter(pk=case.pk), owner="holder").exists()


OPEN = Q(closed_at=None)

STATES: Mapping[str, tuple[str, Q]] = {
    "open": ("还没有办结的", OPEN),
    "received": ("待决定受理", Q(state=Complaint.State.RECEIVED)),
    "accepted": ("办理中", Q(state=Complaint.State.ACCEPTED)),
    "answered": ("待消费者确认", Q(state=Complaint.State.ANSWERED)),
    "doubtful": ("待筛选", OPEN & Q(is_doubtful=True)),
    "closed": ("已办结", Q(state=Complaint.State.CLOSED)),
    "refused": ("不予受理", Q(state=Complaint.State.REFUSED, is_discarded=False)),
    "discarded": ("筛掉的（不是投诉）", Q(is_discarded=True)),
    "all": ("全部", Q()),
}


_DAY = timedelta(days=1)


def _ends_on(first: datetime, days: int) -> Q:
    begin = datetime.combine(day_of(first), time(), CHINA)
    return OPEN & Q(due_at__gte=first, due_at__lte=begin + days * _DAY)


def _unread(at: datetime) -> Q:
    """Who complained wrote, and nobody has written since."""
    answered = Step.objects.filter(complaint=OuterRef("complaint"), kind__in=_ANSWERS, at__gte=OuterRef("at"))
    said = Step.objects.filter(~Exists(answered), complaint=OuterRef("pk"), kind=Step.Kind.SAID)
    return OPEN & Q(Exists(said))


_ANSWERS = (Step.Kind.TOLD, Step.Kind.ANSWERED)

TIMED: Mapping[str, tuple[str, Callable[[datetime], Q]]] = {
    "late": ("已逾期", lambda at: OPEN & Q(due_at__lt=at)),
    "today": ("今天到期", lambda at: _ends_on(at, 1)),
    "week": ("七天内到期", lambda at: _ends_on(at, 7)),
    "unread": ("消费者留言还没有回", _unread),
    "lately": ("近三十天办结", lambda at: Q(state=Complaint.State.CLOSED, closed_at__gt=at - 30 * _DAY)),
}
"""What depends on the hour: which of our own ends are over or near, and what waits for a word."""


def state_of(code: str, at: datetime) -> Q:
    return TIMED[code][1](at) if code in TIMED else STATES[code if code in STATES else "open"][1]


LABELS = {code: label for code, (label, _) in (*STATES.items(), *TIMED.items())}

COUNTED = Q(is_doubtful=False, is_discarded=False, kind=Complaint.Kind.CONSUMER)
"""What figures count: complaints of consumers, without those that people still have to look through, or took for none."""

FROM_FIGURES = ("cause", "product", "company", "channel", "holder", "since", "until", "counted")
NO_CAUSE = "none"


def narrowed(rows: QuerySet[Complaint], asked: CaseFilter) -> QuerySet[Complaint]:
    """To what a number of the statistics counts; what is no day and no id narrows to nothing."""
    if asked.cause:
        rows = rows.filter(cause="" if asked.cause == NO_CAUSE else asked.cause.replace("\x00", ""))
    for name, column in (("product", "product_id"), ("company", "entity_id"), ("holder", "holder_id")):
        if value := getattr(asked, name):
            found = id_of(value)
            rows = rows.filter(**{column: found}) if found else rows.none()
    if asked.channel:
        rows = rows.filter(channel=asked.channel.replace("\x00", ""))
    if since := _day(asked.since):
        rows = rows.filter(received_at__gte=midnight(since))
    if until := _day(asked.until):
        rows = rows.filter(received_at__lt=midnight(until + timedelta(days=1)))
    return rows.filter(COUNTED) if asked.counted else rows


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(0), CHINA)


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if FIRST_DAY <= found < LAST_DAY else None


def id_of(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


FIRST_DAY, LAST_DAY = date(1990, 1, 1), date(2300, 1, 1)


@dataclass(frozen=True)
class CaseFilter:
    """What the queue is narrowed to: the most urgent first while they are open, else the newest."""

    search: str = ""
    state: str = "open"
    hand: str = ""
    cause: str = ""
    product: str = ""
    company: str = ""
    channel: str = ""
    holder: str = ""
    since: str = ""
    until: str = ""
    counted: str = ""

    @property
    def is_narrowed(self) -> bool:
        return bool(self.search or self.hand or self.state != "open" or self.is_from_figures)

    @property
    def is_from_figures(self) -> bool:
        """Whether a number of the statistics opened it."""
        return any(getattr(self, name) for name in FROM_FIGURES)

    @property
    def query(self) -> str:
        """Its part of an address."""
        return urlencode({name: value for name, value in vars(self).items() if value})

    def of(self, rows: QuerySet[Complaint], seen: CaseReading) -> QuerySet[Complaint]:
        words = self.search.replace("\x00", "").strip()
        if words:
            return rows.filter(_found_by(words, seen.sight.scope)).order_by("-received_at", "-id")
        state = self.state if self.state in LABELS else "open"
        rows = narrowed(rows.filter(state_of(state, seen.at)), self)
        if self.hand == "me":
            rows = rows.filter(holder__in=seen.sight.members or {seen.member.pk})
        elif self.hand == "nobody":
            rows = rows.filter(holder=None)
        elif self.hand:
            rows = rows.filter(holder__in=[known] if (known := id_of(self.hand)) else [])
        is_open = state not in ("closed", "refused", "all", "lately")
        return rows.order_by("due_at", "id") if is_open else rows.order_by("-received_at", "-id")


def _found_by(words: str, companies: frozenset[UUID]) -> Q:
    """By the number of the case, the phone or its last four digits, or the number of the order."""
    if (known := read_number(words)) is not None:
        return Q(number=known[0])
    found = Q(order_no=words)
    digits = "".join(one for one in words if one.isdigit())
    if digits == words and len(digits) in (TAIL_DIGITS, 11):
        for company in companies:
            whole, tail = keys_of_phone(company, digits)
            key = {"phone_key": whole} if len(digits) == 11 else {"tail_key": tail}
            found |= Q(entity_id=company, **key)
    return found
