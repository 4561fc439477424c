"""What people were told before this system was in use is put down (补登隐私告知): consents of those days rest on it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from uuid import UUID

from django.db import transaction
from django.db.models import Max, Q

from guiju.archives.services.holds import reason_of
from guiju.database.locks import hold
from guiju.database.models import new_id
from guiju.database.scope import scope_with
from guiju.evidence.services import Act, record
from guiju.kernel.calendar.clock import CHINA, day_of
from guiju.kernel.errors import Missing, Refused
from guiju.organisations.models import Member
from guiju.organisations.permissions import require
from guiju.organisations.registry import PURPOSES
from guiju.privacy.models import PrivacyNotice
from guiju.privacy.selectors.catalogue import catalogue_of
from guiju.privacy.selectors.notices import all_notices, forget_corrected
from guiju.privacy.services.notices import WAIT_SECONDS
from guiju.privacy.wording import digest_of, items_of, told_fields

LONGEST_TEXT = 50_000
SHORTEST_TEXT = 50


@transaction.atomic
def register_earlier_notice(
    *,
    entity_id: UUID,
    text: str,
    since: date,
    fields: Sequence[str],
    purposes: Sequence[str],
    actor: Member,
    at: datetime,
) -> PrivacyNotice:
    """Put down a notice that people were shown on earlier days (补登隐私告知, 个人信息保护法 第十四条, 第十七条).

    `fields` (record.code) and `purposes` are what it told of, among what the catalogue knows; it holds from `since`
    until the next one that is known. Raises `Refused` for a day that has one of this system.
    """
    require(actor, "catalogue.publish", on=entity_id)
    text = text.replace("\r\n", "\n").replace("\x00", "").strip()
    _refuse_text(text)
    if since >= day_of(at):
        raise Refused("since_late", "补登的是以前的告知：请填写当时开始使用的日期", field="since")
    hold(f"privacy.publish_notice/{entity_id}", seconds=WAIT_SECONDS, busy="正在发布另一版告知：请稍候再试")
    with scope_with(entity_id):
        begin = datetime.combine(since, time(), CHINA)
        known = [one for one in all_notices(entity_id) if one.corrected_by_id is None]
        later = [one for one in known if one.published_at > begin]
        before = next((one for one in known if one.held_at(begin)), None)
        _refuse_day(known, later, before, begin)
        act = Act("privacy.register_earlier_notice", actor, at)
        if before is not None:
            before.ended_at = begin
            before.save(update_fields=["ended_at"])
            record(act, entity_id=entity_id, subject=before)
        made = PrivacyNotice(
            id=new_id(),
            entity_id=entity_id,
            version=_next_version(entity_id),
            text=text,
            items=_items(entity_id, fields, purposes),
            digest=digest_of(text),
            published_by=actor.user,
            published_at=begin,
            ended_at=min(one.published_at for one in later),
            registered_at=at,
        )
        made.save(force_insert=True)
        record(act, entity_id=entity_id, subject=made)
    return made


@transaction.atomic
def correct_earlier_notice(
    *,
    entity_id: UUID,
    version: int,
    text: str,
    fields: Sequence[str],
    purposes: Sequence[str],
    reason: str,
    actor: Member,
    at: datetime,
) -> PrivacyNotice:
    """Put down anew a notice of earlier days that had been put down wrongly (更正补登的隐私告知).

    Both stay, the first one marked with that which takes its place: consents of those days go as far as people were
    really told. What this system published is corrected by nobody. Returns the new version.
    """
    require(actor, "catalogue.publish", on=entity_id)
    text = text.replace("\r\n", "\n").replace("\x00", "").strip()
    _refuse_text(text)
    reason = reason_of(reason)
    hold(f"privacy.publish_notice/{entity_id}", seconds=WAIT_SECONDS, busy="正在发布另一版告知：请稍候再试")
    with scope_with(entity_id):
        found = (
            PrivacyNotice.objects.select_for_update(of=("self",)).filter(entity_id=entity_id, version=version).first()
        )
        if found is None:
            raise Missing("notice_missing", "没有这一版隐私告知")
        if found.registered_at is None:
            raise Refused("notice_published", "这一版是本系统发布的，客户看到的就是它：要改变，发布新的一版")
        if found.corrected_by_id:
            raise Refused("corrected_already", "这一版已经更正过：请更正后来的那一版")
        items = _items(entity_id, fields, purposes)
        if (text, items) == (found.text, found.items):
            raise Refused("nothing_changed", "没有改变：请改对正文、字段或者目的", field="text")
        act = Act("privacy.correct_earlier_notice", actor, at, (), reason)
        made = PrivacyNotice(
            id=new_id(),
            entity_id=entity_id,
            version=_next_version(entity_id),
            text=text,
            items=items,
            digest=digest_of(text),
            published_by=actor.user,
            published_at=found.published_at,
            ended_at=found.ended_at,
            registered_at=at,
        )
        made.save(force_insert=True)
        record(act, entity_id=entity_id, subject=made)
        # One that was corrected before is taken the place of by the newest.
        for one in PrivacyNotice.objects.select_for_update(of=("self",)).filter(
            Q(pk=found.pk) | Q(corrected_by=found), entity_id=entity_id
        ):
            one.corrected_by = made
            one.save(update_fields=["corrected_by"])
            record(act, entity_id=entity_id, subject=one)
    forget_corrected()
    transaction.on_commit(forget_corrected)
    return made


def _next_version(entity_id: UUID) -> int:
    return (PrivacyNotice.objects.filter(entity_id=entity_id).aggregate(last=Max("version"))["last"] or 0) + 1


def _refuse_text(text: str) -> None:
    if len(text) < SHORTEST_TEXT:
        raise Refused("text_short", "请贴上当时告知的全文：客户看到的是什么，以后要凭它证明", field="text")
    if len(text) > LONGEST_TEXT:
        raise Refused("text_long", f"正文有{len(text)}个字，最多{LONGEST_TEXT}个", field="text")


def _refuse_day(
    known: Sequence[PrivacyNotice], later: Sequence[PrivacyNotice], before: PrivacyNotice | None, begin: datetime
) -> None:
    if not later:
        why = "这一天现行的告知是本系统发布的，不用补登" if known else "请先发布现行的隐私告知，再补登以前的"
        raise Refused("since_late", why, field="since")
    if before is not None and before.registered_at is None:
        raise Refused("since_taken", f"这一天已有本系统发布的第{before.version}版，不能另外补登", field="since")
    if any(one.published_at == begin for one in known):
        raise Refused("since_taken", "这一天开始的告知已经补登过", field="since")


def _items(entity_id: UUID, fields: Sequence[str], purposes: Sequence[str]) -> dict[str, dict[str, object]]:
    """What it told of each field, by the catalogue; raises `Refused` for what isn't there."""
    if unknown := sorted(set(purposes) - PURPOSES.keys()):
        raise Refused("purpose_unknown", f"没有“{unknown[0][:20]}”这个目的", field="purposes")
    told = items_of(told_fields(catalogue_of(entity_id)))
    if unknown := sorted(set(fields) - told.keys()):
        raise Refused("field_missing", f"字段台账里没有启用的“{unknown[0][:40]}”", field="fields")
    found = {
        name: {**told[name], "uses": {one: basis for one, basis in told[name]["uses"].items() if one in purposes}}
        for name in fields
    }
    found = {name: item for name, item in found.items() if item["uses"]}
    if not found:
        raise Refused("notice_empty", "请勾选当时的告知写到的字段和目的", field="fields")
    return found
