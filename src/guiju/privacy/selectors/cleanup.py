"""Reads of searches for data held against the law (违规数据清理), in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from uuid import UUID

from django.db.models import Count, QuerySet

from guiju.archives.models import Disposal, DisposalItem
from guiju.database.scope import require_scope
from guiju.kernel.errors import Missing
from guiju.organisations.models import Member
from guiju.organisations.permissions import covered_by, reach_of, refusal_of
from guiju.privacy.models import Cleanup, CleanupFinding
from guiju.privacy.registry import KEEPERS, RECORDS
from guiju.privacy.selectors.catalogue import catalogue_of
from guiju.rulebook import rules_for

_FREEZE = "冻结，提请删除"
_ASK = "征求同意；不同意的冻结，提请删除"

WITHDRAWN = "privacy.delete_after_withdrawal"

WORDS: dict[str, tuple[str, str]] = {
    "privacy.declared_first": ("字段台账里没有登记", _FREEZE),
    "privacy.active_first": ("字段没有启用或者已停用", _FREEZE),
    "privacy.purpose_first": ("没有写明处理目的", _FREEZE),
    "privacy.told_first": ("收集时没有告知", "告知并重新征得同意；否则冻结，提请删除"),
    "privacy.consent_first": ("没有同意", _ASK),
    "privacy.separate_consent_first": ("没有单独同意", _ASK),
    "privacy.guardian_first": ("没有监护人同意", _ASK),
    "privacy.pupil_as_sensitive": ("学员没有单独同意", _ASK),
    "privacy.pupil_guardian_first": ("年龄不明的学员没有监护人同意", _ASK),
    "privacy.child_no_marketing": ("儿童的信息只用于营销", "停止使用，提请删除"),
    WITHDRAWN: ("同意已撤回", "停止使用，提请删除"),
    "privacy.delete_when_over": ("保存期限已届满", "提请删除；依法要保存的登记保全"),
    "privacy.sensitive_in_its_field": (
        "自由文字里可能有敏感个人信息",
        "逐条核对：属实的移到它自己的字段，或者删去；不自动冻结、不自动删除",
    ),
    "unknown": ("查不出当日的台账", "存证日志里没有这个字段当日的版本：按现在的台账再查一次"),
}
"""What a rule found, in a few words, and what to do about it."""


@dataclass(frozen=True)
class Why:
    """One reason: how many values, in words, by which article, what to do."""

    rule: str
    count: int
    words: str
    law: str
    mend: str


@dataclass(frozen=True)
class Line:
    """What was found of one field."""

    name: str
    record: str
    code: str
    kind: str
    label: str
    found: int
    frozen: int
    whys: tuple[Why, ...]

    @property
    def mends(self) -> list[str]:
        """What to do, each once."""
        return list(dict.fromkeys(one.mend for one in self.whys if one.mend))


def cleanups_for(member: Member) -> QuerySet[Cleanup]:
    """The searches in sight, the newest first; raises `NotAllowed`."""
    require_scope()
    if reach_of(member, "cleanup.read") is None:
        raise refusal_of("cleanup.read")
    found = Cleanup.objects.filter(covered_by(member, "cleanup.read"))
    rows = found.select_related("entity", "made_by", "frozen_by", "disposal__proposed_by", "disposal__decided_by")
    return rows.order_by("-made_at", "-pk")


def cleanup_for(member: Member, cleanup_id: UUID) -> Cleanup:
    found = cleanups_for(member).filter(pk=cleanup_id).first()
    if found is None:
        raise Missing("cleanup_missing", "没有这次清理，或您的角色看不到它")
    return found


def lines_of(cleanup: Cleanup) -> list[Line]:
    """What was found, field by field in the order of the catalogue; fields that it doesn't have come last."""
    catalogue = catalogue_of(cleanup.entity_id)
    order = [f"{record}.{code}" for record, fields in catalogue.items() for code in fields]
    places = {name: place for place, name in enumerate(order)}
    names = sorted(cleanup.counts, key=lambda name: (places.get(name, len(places)), name))
    return [_line(name, cleanup.counts[name], label_of(catalogue, name)) for name in names]


def label_of(catalogue: Mapping[str, Mapping[str, object]], name: str) -> str:
    """What a field (record.code) is called; one that the catalogue doesn't know keeps its code."""
    record, _, code = name.partition(".")
    return str(getattr(catalogue.get(record, {}).get(code), "label", code))


def _line(name: str, counted: Mapping[str, object], label: str) -> Line:
    record, _, code = name.partition(".")
    why: dict[str, int] = counted["why"]  # type: ignore[assignment]
    whys = tuple(Why(rule, count, *_words(rule, is_over=count <= why.get(WITHDRAWN, 0))) for rule, count in why.items())
    kind = RECORDS[record].label if record in RECORDS else record
    return Line(name, record, code, kind, label, int(counted["found"]), int(counted["frozen"]), whys)  # type: ignore[call-overload]


def _words(rule: str, *, is_over: bool = False) -> tuple[str, str, str]:
    """In words, by which article, and what to do: nobody is asked again for what all have taken back."""
    words, mend = WORDS.get(rule, (rule, _FREEZE))
    return words, _laws().get(rule, "—"), "" if is_over and mend == _ASK else mend


@cache
def _laws() -> dict[str, str]:
    """The first article behind each rule; a rule of the house says so."""
    return {
        one.id: f"《{one.citations[0].citation.law}》{one.citations[0].citation.article}"
        if one.citations
        else "内部规则"
        for one in rules_for("privacy")
    }


def findings_of(member: Member, cleanup: Cleanup, record: str, code: str) -> QuerySet[CleanupFinding]:
    """The records in which something is wrong with a field: for the company itself, whatever those above see."""
    require_scope()
    rows = CleanupFinding.objects.filter(cleanup=cleanup, entity_id=member.entity_id, record=record)
    return rows.filter(flaws__has_key=code).order_by("pk")


@dataclass(frozen=True)
class Person:
    """Whom a finding is about, as the member may see it, and what it says."""

    name: str
    address: str
    words: tuple[str, ...]


def people_of(member: Member, findings: list[CleanupFinding], code: str) -> list[Person]:
    shown: dict[UUID, tuple[str, str]] = {}
    for keeper in KEEPERS.values():
        ids = [one.holder_id for one in findings if one.keeper == keeper.code]
        shown |= keeper.names(member, ids) if ids else {}
    return [
        Person(
            *shown.get(one.holder_id, ("（已删除，或您的角色看不到）", "")),
            tuple(_words(rule)[0] for rule in one.flaws[code]),
        )
        for one in findings
    ]


def frozen_nowhere(cleanup: Cleanup) -> int:
    """Records of companies among the findings: no person stands behind them who could be frozen."""
    return CleanupFinding.objects.filter(cleanup=cleanup, entity_id=cleanup.entity_id, subject_id=None).count()


def destroyed_and_kept(cleanup: Cleanup) -> tuple[int, list[tuple[int, str]]]:
    """How many records a disposal has emptied so far, and how many it kept, with each reason."""
    if cleanup.disposal is None:
        return 0, []
    items = DisposalItem.objects.filter(entity_id=cleanup.entity_id, disposal=cleanup.disposal).order_by()
    gone = items.filter(state=DisposalItem.State.DESTROYED).count()
    kept = items.filter(state=DisposalItem.State.KEPT).values_list("why").annotate(count=Count("pk"))
    return gone, [(count, why) for why, count in kept]


def usual_basis(found: Cleanup) -> str:
    """The ground of the law that fits all that was found: one for all, else that it was held against the law."""
    lines = [(one["found"], one["why"]) for one in found.counts.values()]
    for rules, basis in _GROUNDS:
        if lines and all(any(why.get(rule) == count for rule in rules) for count, why in lines):
            return str(basis)
    return str(Disposal.Basis.UNLAWFUL)


_GROUNDS = (
    ((WITHDRAWN,), Disposal.Basis.WITHDRAWN),
    (("privacy.delete_when_over",), Disposal.Basis.EXPIRED),
    (("privacy.active_first", "privacy.purpose_first"), Disposal.Basis.FULFILLED),
)
