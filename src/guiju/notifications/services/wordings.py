"""The company's own words for a kind of notice (通知模板)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from guiju.database.models import new_id
from guiju.database.scope import scope_with
from guiju.evidence.services import Act, record
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Problem, Refused
from guiju.kernel.placeholders import variables_in
from guiju.notifications.models import Wording
from guiju.notifications.registry import NOTICES, NoticeKind
from guiju.organisations.models import Member
from guiju.organisations.permissions import require

LONGEST_TITLE, LONGEST_TEXT = 100, 500

REVIEWERS: list[Callable[[str, Member, date], list[str]]] = []
"""What reviews words that promote something, as of a day: sentences that forbid them. `project` fills it."""


@transaction.atomic
def write_wording(*, entity_id: UUID, kind: str, title: str, text: str, actor: Member, at: datetime) -> Wording:
    """Put the company's own words in place of the built-in ones (修改通知模板), as a new version.

    Raises `Refused` with every variable that is missing or unknown, and with what the review forbids.
    """
    require(actor, "notice.write", on=entity_id)
    found = NOTICES.get(kind)
    if found is None:
        raise Refused("no_such_notice", "没有这种通知", field="kind")
    title, text = " ".join(title.split()), text.strip()
    problems = problems_of(found, title, text)
    if not problems:
        problems = [
            Problem("wording_forbidden", sentence, "text")
            for sentence in words_forbidden(found, [title, text], actor, day_of(at))
        ]
    if problems:
        raise Refused.because(problems)
    with scope_with(entity_id):
        known = (
            Wording.objects.select_for_update(of=("self",))
            .filter(entity_id=entity_id, kind=kind, ended_at=None)
            .first()
        )
        act = Act("notifications.write_wording", actor, at)
        version = 1
        if known is not None:
            if (known.title, known.text) == (title, text):
                raise Refused("wording_same", "与现在的模板一样，不用修改", field="text")
            version, known.ended_at = known.version + 1, at
            known.save(update_fields=["ended_at"])
            record(act, entity_id=entity_id, subject=known)
        made = Wording(
            id=new_id(),
            entity_id=entity_id,
            kind=kind,
            version=version,
            title=title,
            text=text,
            made_by=actor.user,
            made_at=at,
        )
        made.save(force_insert=True)
        record(act, entity_id=entity_id, subject=made)
    return made


def words_forbidden(kind: NoticeKind, words: Sequence[str], actor: Member, on: date) -> list[str]:
    """What the review forbids in words that promote something, a sentence each; of other kinds nothing."""
    if not kind.is_promotion:
        return []
    return [sentence for review in REVIEWERS for sentence in review("\n".join(words), actor, on)]


def problems_of(kind: NoticeKind, title: str, text: str) -> list[Problem]:
    """What is wrong with words for a kind, each with its field."""
    problems = []
    for name, label, words, longest in (
        ("title", "标题", title, LONGEST_TITLE),
        ("text", "正文", text, LONGEST_TEXT),
    ):
        if not words:
            problems.append(Problem("wording_empty", f"请填写{label}", name))
        if len(words) > longest:
            problems.append(Problem("wording_long", f"{label}最多{longest}个字", name))
        try:
            unknown = sorted(variables_in(words) - set(kind.variables))
        except ValueError:
            problems.append(Problem("wording_brace", f"{label}里有不成对的花括号", name))
            continue
        known = "、".join(f"{{{one}}}" for one in kind.variables)
        problems += [
            Problem("wording_variable", f"{label}里的{{{one}}}没有值；可以用的有：{known}", name) for one in unknown
        ]
    if not problems and (missing := sorted(kind.secret - variables_in(text))):
        problems.append(Problem("wording_missing", f"正文里要有{{{missing[0]}}}", "text"))
    return problems
