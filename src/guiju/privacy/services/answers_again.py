"""Who said no when they were asked, after the moment to which a restore goes, has said no (重放“不同意”)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

from guiju.archives.selectors import taken_in
from guiju.database.models import new_id
from guiju.evidence.replayed import Line, Replayed, register_replayed
from guiju.evidence.services import Act, record
from guiju.organisations.models import User
from guiju.privacy.models import ConsentRequest, PrivacyNotice, Subject
from guiju.privacy.registry import ANSWERED

_MOMENTS = ("made_at", "expires_at", "opened_at", "answered_at")
_SAME = ("items", "digest", "answers")


def carry_noes(entity_id: UUID, since: datetime) -> Iterator[Line]:
    """The questions to which somebody said no since: purposes and codes of fields, no values."""
    rows = ConsentRequest.objects.filter(entity_id=entity_id, answered_at__gte=since).order_by("answered_at", "pk")
    said = [one for one in rows if not all(one.answers)]
    others = taken_in(entity_id, {one.subject_id for one in said})
    for one in said:
        moments = {name: getattr(one, name) for name in _MOMENTS}
        yield {
            "id": str(one.pk),
            "subject": str(one.subject_id),
            "others": sorted(str(pk) for pk in others.get(one.subject_id, ())),
            "notice": str(one.notice_id),
            "made_by": str(one.made_by_id) if one.made_by_id else None,
            **{name: getattr(one, name) for name in _SAME},
            **{name: at.isoformat() if at else None for name, at in moments.items()},
        }


def replay_noes(entity_id: UUID, lines: Sequence[Line], act: Act) -> int:
    """Write the answers down again. What somebody agreed to beside a no is not: they may be asked for that anew."""
    count = 0
    here = taken_in(entity_id, [UUID(line["subject"]) for line in lines])
    for line in lines:
        first = UUID(line["subject"])
        others = {UUID(pk) for pk in line["others"]} - here.get(first, set())
        for subject in Subject.objects.filter(pk__in=[first, *others], erased_at=None).order_by("pk"):
            count += _answered(subject, line, act)
    return count


def _answered(subject: Subject, line: Line, act: Act) -> int:
    at = {name: datetime.fromisoformat(line[name]) if line[name] else None for name in _MOMENTS}
    if ConsentRequest.objects.filter(subject=subject, answered_at=at["answered_at"]).exists():
        return 0
    known = ConsentRequest.objects.select_for_update(of=("self",)).filter(pk=line["id"]).first()
    is_known = known is not None and known.subject_id == subject.pk
    notice = _notice_here(subject.entity_id, line)
    if notice is None:
        # Nobody was told anything yet at the moment of the restore, so nobody is held who could be asked again.
        return 0
    found = known if known is not None and is_known else _asked_again(subject, line, notice, is_taken=known is not None)
    for name, moment in at.items():
        setattr(found, name, moment)
    found.answers = line["answers"]
    found.save(force_insert=not is_known)
    record(act, entity_id=subject.entity_id, subject=found)
    assert found.answered_at is not None
    for follow in ANSWERED:
        follow(found, found.answered_at)
    return 1


def _notice_here(entity_id: UUID, line: Line) -> PrivacyNotice | None:
    """The notice under which it was asked; where that is newer than the restored moment, the newest that is here: the
    digest still names what was shown."""
    notices = PrivacyNotice.objects.filter(entity_id=entity_id).order_by("-published_at", "-version")
    return notices.filter(pk=line["notice"]).first() or notices.first()


def _asked_again(subject: Subject, line: Line, notice: PrivacyNotice, *, is_taken: bool) -> ConsentRequest:
    asker = User.objects.filter(pk=line["made_by"]).first() if line["made_by"] else None
    return ConsentRequest(
        id=new_id() if is_taken else UUID(line["id"]),
        entity_id=subject.entity_id,
        subject=subject,
        notice=notice,
        items=line["items"],
        digest=line["digest"],
        made_by=asker,
    )


register_replayed(Replayed("privacy.noes", "答复的“不同意”", carry_noes, replay_noes))
