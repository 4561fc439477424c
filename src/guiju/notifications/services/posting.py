"""A notice is written in the transaction of what it tells (发件箱)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from uuid import UUID

from django.conf import settings

from guiju.database.models import new_id
from guiju.database.scope import scope_with
from guiju.evidence.services import Act, record
from guiju.kernel.calendar.clock import CHINA
from guiju.kernel.placeholders import filled
from guiju.notifications.models import Channel, Notice, Preference, Sort
from guiju.notifications.registry import NOTICES, NoticeKind
from guiju.notifications.sealing import Content, open_content, seal_content
from guiju.notifications.selectors.ways import preference_of, sorts_open_to, wording_of
from guiju.organisations.models import Member


@dataclass(frozen=True)
class Contact:
    """Where a customer is reached."""

    name: str = ""
    phone: str = ""
    email: str = ""


@dataclass(frozen=True)
class NewNotice:
    """What to tell whom. `key` names the occasion: what has been told under it is not told again.

    After `valid_until` it isn't sent any more.
    """

    kind: str
    entity_id: UUID
    key: str
    values: Mapping[str, str] = field(default_factory=dict)
    member: Member | None = None
    contact: Contact | None = None
    url: str = ""
    valid_until: datetime | None = None


def post_notice(wanted: NewNotice, act: Act) -> Notice:
    """Write a notice and its entry (发出通知); the same key again changes nothing and returns the first.

    Raises `ValueError` for a kind that nobody registered, a variable without a value, and a notice
    that has not exactly one recipient of its kind.
    """
    kind = NOTICES.get(wanted.kind)
    if kind is None:
        raise ValueError(f"no such kind of notice: {wanted.kind}")
    if (wanted.member is None) is kind.is_for_staff or (wanted.contact is None) is not kind.is_for_staff:
        raise ValueError(f"{wanted.kind} goes to {'a member' if kind.is_for_staff else 'a contact'}")
    if missing := set(kind.variables) - set(wanted.values):
        raise ValueError(f"{wanted.kind} lacks {sorted(missing)}")
    with scope_with(wanted.entity_id):
        made = _made(wanted, kind, act.at)
        found = _written(made, act)
        if found is made:
            for sort in _copied_to(wanted.entity_id, kind):
                if sort in found.route:
                    continue  # It goes there as it is.
                _written(_copy_of(made, sort, act.at), act)
    return found


def _written(made: Notice, act: Act) -> Notice:
    """The notice, unless there is one under its key, or just now becomes one: then that."""
    Notice.objects.bulk_create([made], ignore_conflicts=True)
    found = Notice.objects.get(entity_id=made.entity_id, key=made.key)
    if found.pk != made.pk:
        return found
    record(act, entity_id=made.entity_id, subject=made)
    return made


def _copied_to(entity_id: UUID, kind: NoticeKind) -> list[Sort]:
    """The own channels that a company has told to get a copy of this kind (抄送): of a program, of a group."""
    if kind.secret:
        return []
    own = Channel.objects.filter(entity_id=entity_id, ended_at=None, settings__kinds__contains=kind.code)
    return [Sort(one) for one in own.values_list("sort", flat=True)]


def _copy_of(notice: Notice, sort: Sort, at: datetime) -> Notice:
    """The same words to a channel; without the address of a person, and a group's only by day."""
    copy_id = new_id()
    content = open_content(bytes(notice.content), entity=notice.entity_id, notice=notice.pk)
    sealed, digest = seal_content(
        replace(content, name="", phone="", email=""), entity=notice.entity_id, notice=copy_id
    )
    return Notice(
        id=copy_id,
        entity_id=notice.entity_id,
        kind=notice.kind,
        key=f"{notice.key}#{sort}"[-200:],
        content=sealed,
        digest=digest,
        url=notice.url,
        route=[str(sort)],
        via=sort,
        made_at=at,
        state=Notice.State.WAITING,
        due_at=after_quiet_hours(Preference(), at) if sort == Sort.WECOM_ROBOT else at,
        valid_until=notice.valid_until,
    )


def _made(wanted: NewNotice, kind: NoticeKind, at: datetime) -> Notice:
    notice_id, contact = new_id(), wanted.contact or Contact()
    words = wording_of(wanted.entity_id, kind)
    content = Content(
        filled(words.title, wanted.values),
        filled(words.text, wanted.values),
        dict(wanted.values),
        contact.name,
        contact.phone,
        contact.email,
    )
    sealed, digest = seal_content(content, entity=wanted.entity_id, notice=notice_id)
    route, state, due_at = _way(wanted, kind, at)
    return Notice(
        id=notice_id,
        entity_id=wanted.entity_id,
        kind=kind.code,
        key=wanted.key,
        member=wanted.member,
        content=sealed,
        digest=digest,
        url=wanted.url,
        route=route,
        via=route[0] if route else "",
        made_at=at,
        state=state,
        due_at=due_at,
        valid_until=wanted.valid_until,
    )


def _way(wanted: NewNotice, kind: NoticeKind, at: datetime) -> tuple[list[str], Notice.State, datetime | None]:
    """Which channels, and when: a customer at once; a member by what they chose, in quiet hours later."""
    if wanted.member is None:
        if settings.GUIJU_IS_DEMO and not sorts_open_to(wanted.entity_id):
            # A page shows what the customer would have got; nothing leaves the house.
            return [], Notice.State.INBOX, None
        return [str(sort) for sort in kind.route], Notice.State.WAITING, at
    prefers = preference_of(wanted.member)
    open_ones = sorts_open_to(wanted.entity_id)
    user = wanted.member.user
    reached = {Sort.SMTP: bool(user.email), Sort.WECOM_APP: bool(user.phone)}
    route = [one for one in prefers.route if one in open_ones and reached.get(Sort(one), True)]
    if not route:
        return [], Notice.State.INBOX, None
    if kind.is_urgent:
        return route, Notice.State.WAITING, after_quiet_hours(prefers, at)
    return route, Notice.State.DIGEST, next_moment(prefers.digest_at, at)


def after_quiet_hours(prefers: Preference, at: datetime) -> datetime:
    """`at`, or the end of the quiet hours that it lies in."""
    now = at.astimezone(CHINA).time()
    begins, ends = prefers.quiet_from, prefers.quiet_until
    is_quiet = begins <= now < ends if begins <= ends else now >= begins or now < ends
    return next_moment(ends, at) if is_quiet else at


def next_moment(clock: time, at: datetime) -> datetime:
    """The next time that clocks in China show this; never `at` itself."""
    found = datetime.combine(at.astimezone(CHINA).date(), clock, CHINA)
    return found if found > at else found + timedelta(days=1)
