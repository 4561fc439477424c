"""Lists on their way in (导入): read, tried out, shown with their differences, then carried out or dropped."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from guiju.database.models import new_id
from guiju.database.moment import clock_timestamp
from guiju.database.scope import scope
from guiju.directory.config import Ldap, installed
from guiju.directory.ldap import people_of, read_entries
from guiju.directory.models import Intake
from guiju.directory.services import people_list, structure_list
from guiju.directory.services.lines import Deed, Line, Step, carry_out, rehearse
from guiju.directory.services.people_list import People
from guiju.kernel.errors import Refused
from guiju.organisations.models import EntityPath, Member
from guiju.organisations.permissions import require

MOST_VANISHED = 10
"""Percent of the people of a directory who may be gone from it before somebody has to say so."""

WAITS, REMEMBERED = timedelta(days=7), timedelta(days=90)
"""How long a list waits to be confirmed, and how long its lines are kept afterwards."""


@transaction.atomic
def open_intake(*, sort: str, name: str, content: bytes, actor: Member, at: datetime) -> Intake:
    """Keep a file to be compared (上传); a file that can't be used at all is refused at once."""
    require(actor, "directory.intake", on=actor.entity_id)
    if sort not in (Intake.Sort.PEOPLE, Intake.Sort.STRUCTURE):
        raise Refused("intake_sort", "请选择这份文件是人员名单还是组织架构", field="sort")
    _rows_of(sort, name, content)
    return _opened(sort, name, content, actor, at)


@transaction.atomic
def open_sync(*, actor: Member, at: datetime) -> Intake:
    """Begin a comparison with the company's directory (同步企业目录); what is in it is read by the worker."""
    require(actor, "directory.intake", on=actor.entity_id)
    return _opened(Intake.Sort.LDAP, _directory().host, b"", actor, at)


def read_directory() -> bytes:
    """All people of the directory as JSON. Takes up to minutes: called without a transaction."""
    config = _directory()
    people = people_of(config, read_entries(config))
    if not people:
        raise Refused("directory_empty", f"企业目录 {config.host} 里一个人也没有读到：请检查 base 和 filter")
    return json.dumps(people, ensure_ascii=False).encode()


def keep_people(*, intake_id: UUID, content: bytes) -> None:
    """Keep what was read, so that what is carried out is what was shown."""
    Intake.objects.filter(pk=intake_id, state=Intake.State.READING).update(content=content)


def _directory() -> Ldap:
    config = installed().ldap
    if config is None:
        raise Refused("directory_absent", "还没有配置企业目录：请在服务器的数据文件夹里写 directory.toml")
    return config


def _opened(sort: str, name: str, content: bytes, actor: Member, at: datetime) -> Intake:
    return Intake.objects.create(
        id=new_id(),
        entity_id=actor.entity_id,
        member=actor,
        sort=sort,
        name=name[:200],
        content=content,
        state=Intake.State.READING,
        made_at=at,
    )


@transaction.atomic
def preview_intake(*, intake_id: UUID, actor: Member, at: datetime) -> Intake:
    """Try the list out and keep the differences (比对); nothing of it stays done."""
    found = Intake.objects.select_for_update().get(pk=intake_id)
    if found.state != Intake.State.READING:
        return found
    require(actor, "directory.intake", on=found.entity_id)
    work = _work_of(found, actor, at)
    found.lines = [line.as_json() for line in rehearse(work.steps)]
    found.leaving, found.listed = work.leaving, work.listed
    found.state = Intake.State.PREVIEWED
    found.save(update_fields=["lines", "leaving", "listed", "state"])
    return found


@transaction.atomic
def accept_intake(*, found: Intake, leaving: int | None = None, actor: Member) -> Intake:
    """Decide that a previewed list is carried out (确认); the worker does the rest.

    When more than a tenth of a directory's people would leave, `leaving` has to say how many: most
    often it is the directory, or the filter, that is wrong.
    """
    found = _undecided(found, actor)
    refuse_vanishing(found.leaving, found.listed, said=leaving)
    if not any(Line.from_json(one).deed in (Deed.NEW, Deed.CHANGE, Deed.END) for one in found.lines):
        raise Refused("intake_nothing", "没有可以执行的变动")
    found.state = Intake.State.RUNNING
    found.save(update_fields=["state"])
    return found


def refuse_vanishing(leaving: int, listed: int, *, said: int | None = None) -> None:
    """Stop when more than a tenth would leave and nobody said exactly that number."""
    if leaving * 100 > listed * MOST_VANISHED and said != leaving:
        raise Refused(
            "directory_vanished",
            f"目录里少了{leaving}人，是原来{listed}人的{leaving * 100 // listed}%，超过{MOST_VANISHED}%，所以停下，没有做任何改动："
            f"多半是目录或筛选条件不对。确实有{leaving}人离开，请写明这个人数再执行",
            field="leaving",
        )


@transaction.atomic
def drop_intake(*, found: Intake, actor: Member, at: datetime) -> Intake:
    """Let a list go (放弃); what was read is forgotten."""
    found = _undecided(found, actor, Intake.State.PREVIEWED, Intake.State.READING)
    found.state, found.outcome, found.ended_at = Intake.State.DROPPED, "没有执行", at
    found.content, found.lines = b"", []
    found.save(update_fields=["state", "outcome", "ended_at", "content", "lines"])
    return found


def _undecided(found: Intake, actor: Member, *states: str) -> Intake:
    require(actor, "directory.intake", on=found.entity_id)
    found = Intake.objects.select_for_update().get(pk=found.pk)
    if found.state not in (states or (Intake.State.PREVIEWED,)):
        raise Refused("intake_decided", "这份名单已经处理过了，请看它的结果")
    return found


@transaction.atomic
def run_intake(*, intake_id: UUID, actor: Member, at: datetime) -> Intake:
    """Carry a confirmed list out in one transaction (执行): after a crash all of it is done, or none.

    Safe to run twice. It is compared again: what was done by hand meanwhile is no difference any
    more, and the stop for people who vanished holds for the number that was confirmed.
    """
    found = Intake.objects.select_for_update().get(pk=intake_id)
    if found.state != Intake.State.RUNNING:
        return found
    require(actor, "directory.intake", on=found.entity_id)
    work = _work_of(found, actor, at)
    refuse_vanishing(work.leaving, work.listed, said=found.leaving)
    lines = list(carry_out(work.steps))
    found.lines, found.content = [line.as_json() for line in lines], b""
    found.state, found.outcome, found.ended_at = Intake.State.DONE, tally(lines), clock_timestamp()
    found.save(update_fields=["lines", "content", "state", "outcome", "ended_at"])
    found.refresh_from_db(fields=["ended_at"])
    return found


@transaction.atomic
def end_intake(*, intake_id: UUID, sentence: str) -> Intake:
    """Write down why a list was not compared or not carried out."""
    found = Intake.objects.select_for_update().get(pk=intake_id)
    if found.state in (Intake.State.READING, Intake.State.RUNNING):
        found.state, found.outcome, found.ended_at = Intake.State.FAILED, sentence[:300], clock_timestamp()
        found.content = b""
        found.save(update_fields=["state", "outcome", "ended_at", "content"])
        found.refresh_from_db(fields=["ended_at"])
    return found


def forget_old_intakes(*, at: datetime) -> int:
    """Let go of lists that nobody confirmed within a week, and of the names in those that were carried out long ago.

    Returns how many were let go.
    """
    everywhere = set(EntityPath.objects.filter(depth=0).values_list("descendant_id", flat=True))
    with scope(entities=everywhere):
        waiting = Intake.objects.filter(
            state__in=(Intake.State.READING, Intake.State.PREVIEWED), made_at__lt=at - WAITS
        )
        dropped = waiting.update(
            state=Intake.State.DROPPED, outcome="一周没有确认，没有执行", content=b"", lines=[], ended_at=at
        )
        Intake.objects.filter(made_at__lt=at - REMEMBERED).exclude(lines=[]).update(lines=[])
    return dropped


def tally(lines: Iterable[Line]) -> str:
    """新增3，变更1，有问题2: what the lines come to, in words."""
    counted = Counter(line.deed for line in lines)
    return "，".join(f"{deed.label}{counted[deed]}" for deed in Deed if counted[deed])


@dataclass(frozen=True)
class _Work:
    steps: Iterable[Step]
    leaving: int = 0
    listed: int = 0


def _work_of(found: Intake, actor: Member, at: datetime) -> _Work:
    rows = _rows_of(found.sort, found.name, bytes(found.content))
    if found.sort == Intake.Sort.STRUCTURE:
        return _Work(structure_list.Structure(actor, at).steps(rows))
    is_directory = found.sort == Intake.Sort.LDAP
    people = People(actor, at, usernames=[one.username for one in rows], is_directory=is_directory)
    if not is_directory:
        return _Work(people.steps(rows))
    vanished = people.vanished(rows)

    def both() -> Iterator[Step]:
        yield from people.steps(rows)
        yield from people.leaving_steps(vanished)

    return _Work(both(), len(vanished), people.listed)


def _rows_of(sort: str, name: str, content: bytes) -> list[Any]:
    if sort == Intake.Sort.STRUCTURE:
        return structure_list.read_structure(name, content)
    if sort == Intake.Sort.PEOPLE:
        return people_list.read_people(name, content)
    return [
        people_list.Wanted(number, **{**person, "groups": tuple(person["groups"])})
        for number, person in enumerate(json.loads(content), 1)
    ]
