"""The periods of the catalogue and the floors of statutes agree (字段的保存期限不短于法定最低期限)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from guiju.archives.business import Lines
from guiju.archives.selectors.schedule import lines_of, require_kept
from guiju.kernel.errors import Problem, Refused
from guiju.privacy.fields import Field
from guiju.privacy.registry import RECORDS
from guiju.privacy.selectors.catalogue import catalogue_of
from guiju.privacy.terms import ORDERS, TRADE, FieldState


def require_long_enough(field: Field, *, on: date, entity_id: UUID) -> tuple[str, ...]:
    """Raise `Refused` for a field that is kept shorter than a statute wants of this company, or for no time at all.

    Of a field that is not personal none is for ever. Returns the rules that were asked.
    """
    try:
        return _require(field, lines_of(entity_id), on)
    except Refused as refusal:
        raise Refused.because([_at_retention(one) for one in refusal.problems]) from None


def _at_retention(problem: Problem) -> Problem:
    return Problem(problem.code, problem.sentence, "retention", problem.citation)


def _require(field: Field, lines: Lines, on: date) -> tuple[str, ...]:
    if ORDERS not in field.uses or (field.retention is None and not field.is_personal):
        return ()
    return require_kept(TRADE, field.retention or 0, lines, on=on)


def shorter_than(entity_id: UUID, lines: Lines, on: date) -> Sequence[str]:
    """Which fields in use a company with these lines of business would keep too short."""
    short = []
    for record, fields in catalogue_of(entity_id).items():
        for field in fields.values():
            if field.state is FieldState.RETIRED:
                continue
            try:
                _require(field, lines, on)
            except Refused as refusal:
                kept = f"{field.retention}个月" if field.retention is not None else "没有写明"
                short.append(f"{RECORDS[record].label}的“{field.label}”保存{kept}：{refusal.problems[0].sentence}")
    return short
