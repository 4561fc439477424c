"""What is held without purpose, basis, consent or notice is found, frozen, and proposed for deletion (违规数据清理).

The search and the freezing go through all records in batches, each in its own transaction: at once where one is
enough, else by the worker, which goes on where it was broken off. Before anything is done about a finding it is
judged again: consent that was given meanwhile counts.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db import transaction

from guiju.archives.models import Disposal
from guiju.archives.registry import Target
from guiju.archives.services.disposals import propose_disposal
from guiju.archives.services.holds import reason_of
from guiju.database.bulk import insert_rows, update_rows
from guiju.database.locks import hold
from guiju.database.models import new_id
from guiju.database.scope import scope, scope_with
from guiju.evidence.services import Act, one_entry, record
from guiju.kernel.calendar.clock import CHINA, day_of
from guiju.kernel.errors import Missing, Refused
from guiju.organisations.models import Member
from guiju.organisations.permissions import group_root, require
from guiju.privacy.judging import UNSURE, Judge, Judged, judge_now
from guiju.privacy.models import Cleanup, CleanupFinding, Subject
from guiju.privacy.registry import KEEPERS
from guiju.privacy.selectors.catalogue import catalogue_at, catalogue_of_now
from guiju.privacy.selectors.notices import notice_in_force
from guiju.privacy.uses import Use, register_use
from guiju.rulebook import VERSION

CLEANUPS = register_use(Use("privacy.cleanups", "查找和冻结违规数据", "compliance", ("guiju.privacy.tasks.carry_on",)))
AT_A_TIME = 1000
"""Records of one batch."""

WAIT_SECONDS = 5


@transaction.atomic
def start_cleanup(*, entity_id: UUID, on: date, actor: Member, at: datetime) -> Cleanup:
    """Look for everything that was held against the law at the end of a day (查找违规数据, 个人信息保护法 第四十七条)."""
    require(actor, "cleanup.run", on=entity_id)
    if entity_id != actor.entity_id:
        raise Refused("entity_other", "每家公司只清理自己的数据：请那家公司的数据专员办理", field="entity")
    if on > day_of(at):
        raise Refused("day_in_future", f"{on:%Y-%m-%d}还没有到：请填今天或者以前的日期", field="on")
    hold(f"privacy.cleanup/{entity_id}", seconds=WAIT_SECONDS, busy="正在开始另一次清理：请稍候再试")
    with scope_with(entity_id):
        if Cleanup.objects.filter(entity_id=entity_id).exclude(state=Cleanup.State.FOUND).exists():
            raise Refused("cleanup_running", "上一次清理还在进行：请等它查完")
        made = Cleanup(
            id=new_id(), entity_id=entity_id, on=on, state=Cleanup.State.FINDING, made_by=actor.user, made_at=at
        )
        made.basis = _basis(made)
        made.save(force_insert=True)
        act = Act("privacy.start_cleanup", actor, at)
        record(act, entity_id=entity_id, subject=made)
        while made.state == Cleanup.State.FINDING and sum(made.records.values()) < AT_A_TIME:
            _find_more(made, act)
    return made


def carry_on_cleanups(*, at: datetime) -> int:
    """Go on with the searches and freezings of all companies, batch after batch; returns the batches."""
    root, count = group_root(), 0
    if root is None:
        return 0
    with scope(trees={root}):
        waiting = list(Cleanup.objects.exclude(state=Cleanup.State.FOUND).values_list("pk", "entity_id"))
    for cleanup_id, entity_id in waiting:
        state = ""
        while state != Cleanup.State.FOUND:
            with scope(entities={entity_id}):
                state = carry_on_cleanup(cleanup_id=cleanup_id, at=at).state
            count += 1
    return count


@transaction.atomic
def carry_on_cleanup(*, cleanup_id: UUID, at: datetime) -> Cleanup:
    """Take the next batch of a search, or of a freezing (继续清理); does nothing once all is done."""
    found = _locked(cleanup_id)
    act = Act("privacy.carry_on_cleanup", None, at)
    with scope_with(found.entity_id):
        if found.state == Cleanup.State.FINDING:
            _find_more(found, act)
        elif found.state == Cleanup.State.FREEZING:
            _freeze_more(found, act)
    return found


@transaction.atomic
def freeze_found(*, cleanup_id: UUID, reason: str, actor: Member, at: datetime) -> Cleanup:
    """Freeze all values that were found, and no others (冻结违规数据, 个人信息保护法 第四十七条): stored, nothing else."""
    found = _locked(cleanup_id)
    require(actor, "subject.freeze", on=found.entity_id)
    reason = reason_of(reason)
    _require_found(found)
    if found.frozen_at:
        raise Refused("frozen_already", "这次找到的已经冻结：之后又有的，请再查找一次")
    if not found.holders:
        raise Refused("nothing_found", "这次没有找到违规数据，不用冻结")
    found.frozen_by, found.frozen_at = actor.user, at
    found.state, found.cursor = Cleanup.State.FREEZING, ""
    with scope_with(found.entity_id):
        act = Act("privacy.freeze_found", actor, at, (), reason)
        _freeze_more(found, act)
    return found


@transaction.atomic
def propose_found(*, cleanup_id: UUID, basis: str, reason: str, actor: Member, at: datetime) -> Cleanup:
    """Propose that all values that were found are destroyed (提请删除违规数据); another person decides.

    Of whom nothing is left that may be held goes as a whole.
    """
    found = _locked(cleanup_id)
    require(actor, "archive.propose", on=found.entity_id)
    _require_found(found)
    if found.disposal and found.disposal.state in (Disposal.State.OPEN, Disposal.State.ALLOWED):
        raise Refused("proposed_already", "已经提请删除，正在等待审批：请先办完那一份")
    with scope_with(found.entity_id):
        found.disposal = propose_disposal(
            entity_id=found.entity_id,
            targets=targets_of(found, at=at),
            basis=basis,
            reason=reason,
            actor=actor,
            at=at,
        )
        found.save(update_fields=["disposal"])
        record(Act("privacy.propose_found", actor, at), entity_id=found.entity_id, subject=found)
    return found


def targets_of(cleanup: Cleanup, *, at: datetime) -> Iterator[Target]:
    """What of the findings may still not be held: the persons and fields that a disposal names."""
    last: UUID | None = None
    judge = judge_now(cleanup.entity_id, at=at)
    while some := _findings(cleanup, last):
        last = some[-1].pk
        for one, names in _still(judge, some):
            yield Target(one.held.target_id, () if one.is_whole else names)


def _locked(cleanup_id: UUID) -> Cleanup:
    rows = Cleanup.objects.select_for_update(of=("self",)).select_related("disposal")
    found = rows.filter(pk=cleanup_id).first()
    if found is None:
        raise Missing("cleanup_missing", "没有这次清理，或您的角色看不到它")
    return found


def _require_found(found: Cleanup) -> None:
    if found.state != Cleanup.State.FOUND:
        raise Refused("cleanup_running", "这次清理还在进行：请等它查完")


def _moment(found: Cleanup) -> datetime:
    """As of when it is judged: the end of the day in China, or when the search began."""
    return min(found.made_at, datetime.combine(found.on, time(), CHINA) + timedelta(days=1, microseconds=-1))


def _judge(found: Cleanup) -> Judge:
    at = _moment(found)
    is_today = found.on == day_of(found.made_at)
    now = catalogue_of_now(found.entity_id) if is_today else catalogue_at(found.entity_id, before=at)
    return Judge(found.entity_id, found.on, at, now)


def _basis(found: Cleanup) -> dict[str, int | str]:
    """By which versions of the catalogue, the notice (0 for none) and the rules it is judged."""
    notice = notice_in_force(found.entity_id, at=_moment(found))
    version = _judge(found).catalogue.version
    return {"catalogue": version, "notice": notice.version if notice else 0, "rules": VERSION}


def _find_more(found: Cleanup, act: Act) -> None:
    """The next batch: the cursor names the table and the last record."""
    codes = list(KEEPERS)
    code, _, last = (found.cursor or f"{codes[0]}:").partition(":")
    some = KEEPERS[code].after(found.entity_id, UUID(last) if last else None, AT_A_TIME)
    while not some and code != codes[-1]:
        # Most companies keep nothing in some of the tables: that is no batch of its own.
        code = codes[codes.index(code) + 1]
        some = KEEPERS[code].after(found.entity_id, None, AT_A_TIME)
    judged = _judge(found).judge(some) if some else []
    _count(found, judged)
    findings = [_finding(found, code, one) for one in judged if one.flaws]
    insert_rows(findings)
    found.holders += len(findings)
    found.digest = digest_over(found.digest, findings)
    if len(some) == AT_A_TIME:
        found.cursor = f"{code}:{some[-1].holder_id}"
    elif code != codes[-1]:
        found.cursor = f"{codes[codes.index(code) + 1]}:"
    else:
        found.state, found.cursor, found.found_at = Cleanup.State.FOUND, "", act.at
    found.save()
    record(act, entity_id=found.entity_id, subject=found)


def digest_over(before: str, findings: Sequence[CleanupFinding]) -> str:
    """SHA-256 over the findings so far, in their order, hexadecimal; none without any."""
    digest = before
    for one in findings:
        line = json.dumps([str(one.holder_id), one.record, one.flaws], sort_keys=True)
        digest = hashlib.sha256(f"{digest}\n{line}".encode()).hexdigest()
    return digest


def _count(found: Cleanup, judged: Sequence[Judged]) -> None:
    for one in judged:
        kind, subject = one.held.record, one.held.subject
        found.records[kind] = found.records.get(kind, 0) + 1
        # How full the fields are is told of those that people fill in.
        for code in one.held.origins:
            written = one.written[code]
            known = found.filled.setdefault(f"{kind}.{code}", {"count": 0, "last": ""})
            known["count"] += 1
            known["last"] = max(known["last"], day_of(written).isoformat())
        if one.later:
            found.left_out["later"] = found.left_out.get("later", 0) + len(one.later)
        for code, rules in one.flaws.items():
            line = found.counts.setdefault(f"{kind}.{code}", {"found": 0, "frozen": 0, "why": {}})
            line["found"] += 1
            line["frozen"] += int(subject is not None and subject.is_frozen(f"{kind}.{code}"))
            for rule in rules:
                line["why"][rule] = line["why"].get(rule, 0) + 1


def _finding(found: Cleanup, keeper: str, one: Judged) -> CleanupFinding:
    return CleanupFinding(
        id=new_id(),
        entity_id=found.entity_id,
        cleanup_id=found.pk,
        keeper=keeper,
        holder_id=one.held.holder_id,
        subject_id=one.held.subject.pk if one.held.subject else None,
        record=one.held.record,
        flaws={code: list(rules) for code, rules in one.flaws.items()},
        is_whole=one.is_whole,
    )


def _findings(cleanup: Cleanup, last: UUID | None) -> list[CleanupFinding]:
    rows = CleanupFinding.objects.filter(entity_id=cleanup.entity_id, cleanup=cleanup).order_by("pk")
    return list((rows if last is None else rows.filter(pk__gt=last))[:AT_A_TIME])


def _still(judge: Judge, findings: Sequence[CleanupFinding]) -> Iterator[tuple[Judged, tuple[str, ...]]]:
    """What of these findings may not be held now either: the record, and the fields (record.code)."""
    by_keeper: dict[str, dict[UUID, Mapping[str, list[str]]]] = {}
    for one in findings:
        by_keeper.setdefault(one.keeper, {})[one.holder_id] = one.flaws
    for code, wanted in by_keeper.items():
        for judged in judge.judge(KEEPERS[code].of(judge.entity_id, wanted.keys())):
            then = wanted.get(judged.held.holder_id, {})
            names = [f"{judged.held.record}.{each}" for each in judged.known_flaws if _was_known(then.get(each))]
            if names:
                yield judged, tuple(names)


def _was_known(rules: list[str] | None) -> bool:
    return rules is not None and not UNSURE.issuperset(rules)


def _freeze_more(found: Cleanup, act: Act) -> None:
    some = _findings(found, UUID(found.cursor) if found.cursor else None)
    people = [one.subject_id for one in some if one.subject_id]
    # Locked before they are judged: a consent that is given beside this is waited for, and counts.
    subjects = list(Subject.objects.select_for_update().filter(pk__in=people, frozen_at=None).order_by("pk"))
    names: dict[UUID, set[str]] = {}
    for one, still in _still(judge_now(found.entity_id, at=act.at), some):
        names.setdefault(one.held.subject.pk if one.held.subject else one.held.holder_id, set()).update(still)
    with one_entry(act, about=found):
        changed = [subject for subject in subjects if _froze(subject, names.get(subject.pk, set()), found, act)]
        for subject in changed:
            record(act, entity_id=found.entity_id, subject=subject)
        update_rows(changed, ["frozen_fields"])
        if len(some) == AT_A_TIME:
            found.cursor = str(some[-1].pk)
        else:
            found.state, found.cursor = Cleanup.State.FOUND, ""
        found.save()
        record(act, entity_id=found.entity_id, subject=found)


def _froze(subject: Subject, names: set[str], found: Cleanup, act: Act) -> bool:
    """Mark what isn't frozen yet; whether there was anything."""
    new = sorted(names - subject.frozen_fields.keys())
    mark = {"since": act.at.isoformat(), "because": f"违规数据清理，截至{found.on:%Y-%m-%d}"}
    subject.frozen_fields = {**subject.frozen_fields, **dict.fromkeys(new, mark)}
    found.frozen_values += len(new)
    return bool(new)
