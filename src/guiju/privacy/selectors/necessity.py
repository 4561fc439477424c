"""Which fields are hardly filled, or hardly looked at (必要性报告, 个人信息保护法 第六条): out of the newest search.

What the log knows of use is who unmasked a category and when; that somebody read a field that shows in the clear,
filtered by it or exported it isn't written down field by field, and the report says so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Count, Max

from guiju.database.scope import require_scope
from guiju.kernel import small_counts
from guiju.organisations.models import Disclosure, Member
from guiju.organisations.permissions import allows, require
from guiju.privacy.fields import Field
from guiju.privacy.masking import treated_as
from guiju.privacy.models import Cleanup
from guiju.privacy.registry import RECORDS
from guiju.privacy.selectors.catalogue import catalogue_of
from guiju.privacy.terms import FieldState

SELDOM = 5
"""Per cent of the records below which a field counts as seldom filled (内部规则)."""

IDLE = timedelta(days=365)
"""So long without a new value and without anybody looking, and a field counts as unused (内部规则)."""

FEW = 20
"""Of fewer records no share is told: it would say nothing."""

NOT_MEASURED = (
    "查看明文按类别记录，同一类别的字段合在一起算；角色本来就看得到明文的，没有记录。",
    "订单、标签、客户关系、商机和待办事项没有算填写的多少。",
    "不遮蔽的字段被查看、被筛选、被导出，没有逐个字段的记录，这里没有算进去：停用以前请问一问在用的人。",
)


@dataclass(frozen=True)
class Use:
    """One field: how many records have it, when a value was last written, how often it was unmasked in a year.

    `filled` is None where so few have it that it isn't told to who may not open them. `share` in per cent, None where
    too few records would say anything; `advice` why it could be dropped.
    """

    field: Field
    kind: str
    filled: int | None
    records: int
    share: float | None
    last_on: date | None
    unmasked: int | None
    unmasked_on: date | None
    advice: str


@dataclass(frozen=True)
class Necessity:
    """The report: by which search, and all personal fields, those with an advice first."""

    cleanup: Cleanup
    uses: tuple[Use, ...]


def necessity_of(member: Member, entity_id: UUID, *, at: datetime) -> Necessity | None:
    """The report of a company; None where nobody has searched yet. Raises `NotAllowed`."""
    require_scope()
    require(member, "cleanup.read", on=entity_id)
    rows = Cleanup.objects.filter(entity_id=entity_id, found_at__isnull=False).select_related("entity")
    newest = rows.order_by("-on", "-made_at").first()
    if newest is None:
        return None
    looked = _unmasked(entity_id, at - IDLE)
    fields = [one for known in catalogue_of(entity_id).values() for one in known.values() if one.is_personal]
    uses = [_use(newest, field, looked.get(treated_as(field.category))) for field in fields]
    shown = [one for one in uses if one.filled or one.field.state is FieldState.ACTIVE]
    if not allows(member, "customer.read", on=entity_id):
        shown = [_without_few(one) for one in shown]
    return Necessity(newest, tuple(sorted(shown, key=lambda one: not one.advice)))


def _without_few(one: Use) -> Use:
    """The same for who may not open the rows: a handful of people isn't counted before them."""
    if one.filled is None or small_counts.told(one.filled, may_open=False) is not None:
        return one
    advice = f"没有启用，还有{small_counts.FEW}个值" if one.field.state is not FieldState.ACTIVE else one.advice
    return replace(one, filled=None, share=None, advice=advice)


def _unmasked(entity_id: UUID, since: datetime) -> dict[str, tuple[int, datetime]]:
    """Category to how often somebody of the company has unmasked it since, and when last."""
    rows = Disclosure.objects.filter(entity_id=entity_id, sort=Disclosure.Sort.UNMASK, at__gte=since)
    rows = rows.exclude(code__startswith="member.").order_by()
    counts = rows.values_list("code").annotate(Count("pk"), Max("at"))
    return {code.partition(".")[2]: (count, last) for code, count, last in counts}


def _use(newest: Cleanup, field: Field, looked: tuple[int, datetime] | None) -> Use:
    known = newest.filled.get(f"{field.record}.{field.code}", {"count": 0, "last": ""})
    is_along = RECORDS[field.record].goes_along
    records = 0 if is_along else newest.records.get(field.record, 0)
    last_on = date.fromisoformat(known["last"]) if known["last"] else None
    is_masked = field.visibility != "clear"
    share = 100 * known["count"] / records if records >= FEW else None
    found = Use(
        field,
        RECORDS[field.record].label,
        known["count"],
        records,
        share,
        last_on,
        (looked[0] if looked else 0) if is_masked else None,
        looked[1].date() if looked and is_masked else None,
        "",
    )
    return _advised(found, newest.on)


def _advised(found: Use, on: date) -> Use:
    return Use(**{**vars(found), "advice": _advice(found, on)})


def _advice(found: Use, on: date) -> str:
    if found.field.code in RECORDS[found.field.record].needed:
        return ""
    if found.field.state is not FieldState.ACTIVE:
        return f"没有启用，还有{found.filled}个值" if found.filled else ""
    if found.share is None:
        return ""
    if not found.filled:
        return "从来没有填写"
    if found.share < SELDOM:
        return f"填写的不到{SELDOM}%"
    if found.last_on is None or found.last_on >= on - IDLE or found.unmasked:
        return ""
    return "一年没有新的值" + ("" if found.unmasked is None else "，也没有人查看明文")
