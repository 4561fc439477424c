"""Files are added to a record, renamed, classified, opened, and let go of (附件)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import IO
from uuid import UUID

from django.conf import settings
from django.db import transaction

from guiju.archives.models import Disposal
from guiju.archives.registry import Target
from guiju.archives.services.disposals import propose_disposal
from guiju.archives.services.holds import reason_of
from guiju.database.models import new_id
from guiju.database.scope import scope_with
from guiju.evidence.services import Act, record
from guiju.files.models import Attachment
from guiju.files.naming import clean_name, ending_of
from guiju.files.records import NAME, RECORD
from guiju.files.registry import OWNERS, Owner
from guiju.files.sealing import Content, content_of, keep
from guiju.files.selectors.attachments import (
    attachment_for,
    circumstances_of,
    field_of_grade,
    is_answered_for,
    is_young,
    owner_of,
    refusal_of_minor,
    refuse_use,
)
from guiju.files.services.grading import graded
from guiju.files.services.removal import ask_disposal
from guiju.files.sniffing import HEAD, media_type_of
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.crypto.sealed import Unsealable
from guiju.kernel.errors import Missing, NotAllowed, Refused
from guiju.organisations.models import Member
from guiju.organisations.permissions import allows, refusal_of, sight_of
from guiju.organisations.services.disclosures import note_opening
from guiju.privacy.scanning import spots_in, without_what_must_go
from guiju.privacy.selectors.consents import agreed_to_giving
from guiju.privacy.selectors.minors import minors_open_to
from guiju.privacy.selectors.notices import notice_in_force, told_by
from guiju.privacy.services.collections import found_collection
from guiju.privacy.services.freezing import refuse_frozen
from guiju.privacy.services.provisions import note_provided
from guiju.privacy.terms import Channel
from guiju.sheets.texts import READABLE

LONGEST_NOTE = 500


@dataclass(frozen=True)
class Upload:
    """A file on its way in, and how big it says it is."""

    name: str
    content: IO[bytes]
    size: int


@dataclass(frozen=True)
class FileDetails:
    """What somebody says about a file: a remark, and whether it is sensitive (unknown: the check says)."""

    note: str = ""
    grade: str = "unknown"


@dataclass(frozen=True)
class SavedFile:
    """The file, and what was changed or noticed on its way in, each in a sentence."""

    attachment: Attachment
    told: tuple[str, ...] = ()


@transaction.atomic
def add_attachment(
    *,
    owner_kind: str,
    owner_id: UUID,
    upload: Upload,
    details: FileDetails,
    actor: Member,
    at: datetime,
    channel: Channel = Channel.COUNTER,
) -> SavedFile:
    """Add a file to a record (上传附件): named cleanly, known by its content, told of and consented to like any value.

    Raises `Refused` for a file that is empty, too large, a program, not what its name says, or there already.
    """
    owner_of(actor, owner_kind, owner_id, on=day_of(at), right="file.add")
    owner = OWNERS[owner_kind].locked(actor, owner_id, at)
    return take_file(owner, upload, details, Act("files.add_attachment", actor, at), channel, by=actor)


def take_file(
    owner: Owner, upload: Upload, details: FileDetails, act: Act, channel: Channel, *, by: Member | None
) -> SavedFile:
    """The same for services that have asked who may, and locked what it belongs to.

    What somebody without an account sends of their own accord isn't refused for what the company told or asked: it
    only can't be opened for anything else.
    """
    told: list[str] = []
    name, note = _name(upload.name, told), _text(details.note, told)
    if details.grade not in Attachment.Grade.values:
        raise Refused("grade_unknown", f"分类可填：{'、'.join(Attachment.Grade.labels)}", field="grade")
    _refuse_size(name, upload.size)
    with scope_with(owner.entity_id):
        _refuse_frozen(owner)
        media_type = media_type_of(name, upload.content.read(HEAD), _rewound(upload.content))
        upload.content.seek(0)
        made = Attachment(
            id=new_id(),
            entity_id=owner.entity_id,
            owner_kind=owner.kind,
            owner_id=owner.pk,
            subject=owner.subject,
            name=name,
            note=note,
            media_type=media_type,
            grade=details.grade,
            graded_by=by.user if by and details.grade != Attachment.Grade.UNKNOWN else None,
            reading=Attachment.Reading.WAITING if media_type in READABLE else Attachment.Reading.UNREADABLE,
            by=by,
            made_at=act.at,
        )
        graded(made, {spot.category for spot in spots_in(f"{upload.name}\n{details.note}")})
        made.collection_id = _collected(owner, act, channel, field_of_grade(made.grade) if by else "")
        keep(made, upload.content)
        _refuse_size(name, made.size)
        _refuse_twin(made)
        made.save(force_insert=True)
        record(act, entity_id=made.entity_id, subject=made)
    return SavedFile(made, tuple(told))


def _rewound(content: IO[bytes]) -> IO[bytes]:
    content.seek(0)
    return content


def _name(typed: str, told: list[str]) -> str:
    name = clean_name(without_what_must_go(clean_name(typed)))
    if name != typed:
        what = (
            "文件名里的证件号、银行卡号已遮盖"
            if name != clean_name(typed)
            else "文件名里的路径、不能用的字符或过长的部分已去掉"
        )
        told.append(f"“{name}”：{what}")
    return name


def _text(typed: str, told: list[str]) -> str:
    text = typed.replace("\r\n", "\n").strip()
    if len(text) > LONGEST_NOTE:
        raise Refused("note_long", f"备注有{len(text)}个字，最多{LONGEST_NOTE}个", field="note")
    if not text.replace("\n", "").replace("\t", "").isprintable():
        raise Refused("note_characters", "备注里有看不见的控制字符，请重新输入", field="note")
    kept = without_what_must_go(text)
    if kept != text:
        told.append("备注里的证件号、银行卡号已遮盖")
    return kept


def _refuse_size(name: str, size: int) -> None:
    if not size:
        raise Refused("file_empty", f"“{name}”是空的：请核对是不是选错了文件，或者还没有传完", field="upload")
    if size > settings.GUIJU_LARGEST_FILE:
        most = settings.GUIJU_LARGEST_FILE >> 20
        raise Refused(
            "file_large", f"“{name}”有{size / 2**20:.1f} MB，一个附件最多{most} MB：请压缩或分成几份", field="upload"
        )


def _collected(owner: Owner, act: Act, channel: Channel, code: str) -> UUID:
    """How it came in; raises `Refused` where people weren't told of such files, or didn't consent to them.

    Without a `code` nobody is asked.
    """
    notice = notice_in_force(owner.entity_id)
    around = circumstances_of(owner, told=told_by(notice), on=day_of(act.at))
    if code and (refused := around.refusals(RECORD, code)):
        raise Refused.because(list(refused))
    found = found_collection(act, entity_id=owner.entity_id, channel=channel, source="上传附件", notice=notice)
    return found.pk


def _refuse_twin(made: Attachment) -> None:
    same = Attachment.objects.filter(
        entity_id=made.entity_id, owner_kind=made.owner_kind, owner_id=made.owner_id, digest=made.digest
    )
    twin = same.filter(removed_at=None, erased_at=None).first()
    if twin is not None:
        raise Refused("file_twice", f"“{made.name}”与已有的“{twin.name}”内容相同，没有重复保存", field="upload")


@transaction.atomic
def change_attachment(
    *, attachment_id: UUID, name: str, note: str, grade: str, reason: str = "", actor: Member, at: datetime
) -> SavedFile:
    """Rename a file, change its remark, or say how it is classified (改名、备注、分类附件).

    The ending stays, since it says what the file is. Whoever says that a sensitive file isn't one says why.
    """
    found, owner = _locked(attachment_id, actor, "file.change", at)
    told: list[str] = []
    wanted = _name(name.strip() or found.name, told)
    ending = ending_of(found.name)
    if ending and ending_of(wanted) != ending:
        wanted = clean_name(f"{wanted}.{ending}")
    note = _text(note, told)
    if grade not in (Attachment.Grade.GENERAL, Attachment.Grade.SENSITIVE, found.grade):
        raise Refused("grade_unknown", "分类可选：一般、敏感", field="grade")
    if (wanted, note, grade) == (found.name, found.note, found.grade):
        raise Refused("nothing_changed", "没有改动")
    why = ""
    if grade == Attachment.Grade.GENERAL and found.grade == Attachment.Grade.SENSITIVE:
        why = reason_of(reason)
    if grade != found.grade:
        found.grade, found.graded_by = grade, actor.user
    else:
        categories = {spot.category for spot in spots_in(f"{name}\n{note}")}
        graded(found, categories - set(found.found))
    found.name, found.note = wanted, note
    with scope_with(owner.entity_id):
        found.save(update_fields=["name", "note", "grade", "graded_by", "found"])
        record(Act("files.change_attachment", actor, at, (), why), entity_id=found.entity_id, subject=found)
    return SavedFile(found, tuple(told))


@transaction.atomic
def open_attachment(
    *, attachment_id: UUID, purpose: str, reason: str = "", actor: Member, at: datetime
) -> tuple[Attachment, Content]:
    """Give the content of a file out (打开附件) for a purpose; of a sensitive one with a right of its own, and a reason.

    Raises `Refused` where the content may not be used for the purpose, or isn't what was kept.
    """
    on = day_of(at)
    found, owner = attachment_for(actor, attachment_id, on=on)
    is_guarded = found.is_sensitive or is_young(owner, on=on)
    if is_guarded and owner.entity_id not in sight_of(actor, "file.unmask", on=on).scope:
        raise refusal_of("file.unmask")
    with scope_with(owner.entity_id):
        refuse_use(found, owner, purpose, on=on)
        if (
            owner.subject is not None
            and owner.entity_id in sight_of(actor, "file.read", on=on, purpose=purpose).provided
        ):
            _refuse_giving(found, owner, purpose, actor, on)
        is_open = minors_open_to(actor, purpose=purpose, on=on)
        is_approved = is_open.has(found.subject_id, is_in_hands=owner.is_in_hands)
        if refusal := refusal_of_minor(owner, is_approved=is_approved, on=on):
            raise Refused("minor_unapproved", refusal)
        if is_guarded:
            note_opening(right="file.unmask", record_id=found.pk, purpose=purpose, reason=reason, actor=actor, at=at)
        if owner.subject is not None and owner.entity_id != actor.entity_id:
            note_provided(
                shown={owner.entity_id: {owner.pk: {f"{RECORD}.{field_of_grade(found.grade)}"}}},
                provided=sight_of(actor, "file.read", on=on, purpose=purpose).provided,
                purpose=purpose,
                actor=actor,
                at=at,
            )
        try:
            return found, content_of(found)
        except Unsealable:
            raise Refused("file_altered", "这个附件的内容与存证的不符，没有打开：请告知审计管理员核对存证") from None


def _refuse_giving(found: Attachment, owner: Owner, purpose: str, actor: Member, on: date) -> None:
    assert owner.subject is not None
    agreed = agreed_to_giving(
        [owner.subject.pk], recipient_id=actor.entity_id, purpose=purpose, by_guardian=is_answered_for(owner, on=on)
    ).get(owner.subject.pk, frozenset())
    if f"{RECORD}.{field_of_grade(found.grade)}" not in agreed:
        raise Refused(
            "giving_unconsented",
            "本人没有同意把附件提供给本公司，不能打开（个人信息保护法第二十三条）",
            field="purpose",
        )


@transaction.atomic
def remove_attachment(*, attachment_id: UUID, reason: str, actor: Member, at: datetime) -> Attachment:
    """Take a file out of use (删去附件); its content goes by the one door, which another person opens.

    It is a task of those who may propose that, until it is gone; whoever may has it proposed at once.
    """
    found, owner = _locked(attachment_id, actor, "file.change", at)
    may_propose = allows(actor, "archive.propose", on=owner.entity_id)
    if found.by_id != actor.pk and not may_propose:
        raise NotAllowed("not_own_file", "只能删去自己上传的附件：别人上传的，请数据专员或档案管理员办理")
    reason = reason_of(reason)
    found.removed_at = at
    with scope_with(owner.entity_id):
        found.save(update_fields=["removed_at"])
        act = Act("files.remove_attachment", actor, at, (), reason)
        record(act, entity_id=found.entity_id, subject=found)
        if may_propose:
            propose_disposal(
                entity_id=found.entity_id,
                targets=[Target(found.pk)],
                basis=Disposal.Basis.FULFILLED,
                reason=reason,
                actor=actor,
                at=at,
            )
        # Who may not, or is not allowed it, leaves the task to whoever may.
        ask_disposal(found, act)
    return found


def _locked(attachment_id: UUID, actor: Member, right: str, at: datetime) -> tuple[Attachment, Owner]:
    _, owner = attachment_for(actor, attachment_id, on=day_of(at), right=right)
    with scope_with(owner.entity_id):
        found = Attachment.objects.select_for_update(of=("self",)).get(pk=attachment_id)
        if found.removed_at or found.erased_at:
            raise Missing("file_missing", "没有这个附件，或已经删去")
        _refuse_frozen(owner)
    return found, owner


def _refuse_frozen(owner: Owner) -> None:
    refuse_frozen(owner.subject)
    if owner.subject is not None and owner.subject.is_frozen(NAME):
        raise Refused("value_frozen", "附件仅存储，不能增加和修改（个人信息保护法第四十七条）")
