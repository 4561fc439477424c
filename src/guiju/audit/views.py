"""Pages of the log: browse, look at one entry, verify, who keeps it outside."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import segno
from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST
from procrastinate.exceptions import AlreadyEnqueued

from guiju.audit import selectors, tasks
from guiju.audit.forms import LogFilter, choices
from guiju.audit.services import ask_verification
from guiju.audit.services import register_witness as register_witness_service
from guiju.audit.words import action_words, kind_words, value_words
from guiju.database.scope import scope_with
from guiju.evidence.installation import folder
from guiju.evidence.selectors import anchors, history, log
from guiju.evidence.selectors.log import SEALED
from guiju.evidence.tiles import tile_number
from guiju.kernel.errors import Missing, Refused
from guiju.kernel.evidence.tree import WIDTH
from guiju.organisations.permissions import allows, require
from guiju.organisations.selectors.people import names_of
from guiju.organisations.signin import MemberRequest, member_required
from guiju.web.answers import tell
from guiju.web.paging import latest_of, page_of


@member_required
@require_GET
def evidence_log(request: MemberRequest) -> HttpResponse:
    """存证日志"""
    asked = LogFilter(request.GET)
    with selectors.reading_log(request.member) as companies:
        page = latest_of(request, log.entries(asked.wanted()))
        names = {one.pk: one.name for one in companies}
        people = names_of({one.actor_id for one in page.object_list if one.actor_id})
        kinds = kind_words()
        context = {
            "page": page,
            "lines": [
                {
                    "entry": one,
                    "company": names.get(one.entity_id, ""),
                    "who": people.get(one.actor_id, "本单位以外的成员") if one.actor_id else "系统",
                    "action": action_words(one.action),
                    "kind": kinds.get(one.subject_type, one.subject_type),
                }
                for one in page.object_list
            ],
            "asked": request.GET,
            "tab": "log",
            **choices(companies),
        }
        return render(request, "audit/evidence_log.html", context)


@member_required
@require_GET
def evidence_entry(request: MemberRequest, entry_id: UUID) -> HttpResponse:
    """存证: one entry, its place, whether its records are still what was recorded."""
    with selectors.reading_log(request.member):
        return render(request, "audit/evidence_entry.html", _entry_context(entry_id))


@member_required
@require_GET
def evidence_certificate(request: MemberRequest, entry_id: UUID) -> HttpResponse:
    """存证证明: a sheet to print, with a code that leads to the public page."""
    with selectors.reading_log(request.member):
        context = _entry_context(entry_id)
        if context["standing"].signed is None:
            raise Missing("not_signed_yet", "这个条目还没有检查点，不能出证明：请稍候几秒再试")
        address = f"{settings.GUIJU_CONSUMER_URL}/proof/{entry_id}/"
        context |= {
            "address": address,
            "picture": segno.make(address, error="m").svg_data_uri(scale=4, border=2),
            "printed_at": timezone.now(),
        }
        return render(request, "audit/evidence_certificate.html", context)


@member_required
@require_GET
def evidence_record(request: MemberRequest, subject_type: str, subject_id: UUID) -> HttpResponse:
    """修改历史: every version of one record, who, when, why, and what it changed."""
    with selectors.reading_log(request.member) as companies:
        versions = history(subject_type, subject_id)
        if not versions:
            raise Missing("record_missing", "没有这条记录的存证，或您的角色看不到它")
        people = names_of({one.actor_id for one in versions if one.actor_id})
        names = {str(one.pk): one.name for one in companies} | selectors.names_in(versions)
        context = {
            "kind": kind_words()[subject_type],
            "lines": [
                (
                    one,
                    action_words(one.action),
                    people.get(one.actor_id, "本单位以外的成员") if one.actor_id else "系统",
                    [
                        (change.label, SEALED, SEALED)
                        if change.is_sealed
                        else (change.label, value_words(change.old, names), value_words(change.new, names))
                        for change in one.changes
                        if change.field != "id" and not (change.old in _EMPTY and change.new in _EMPTY)
                    ],
                )
                for one in versions
            ],
        }
        return render(request, "audit/evidence_record.html", context)


_EMPTY: tuple[Any, ...] = (None, "")


def _entry_context(entry_id: UUID) -> dict[str, Any]:
    entry = selectors.entry_for(entry_id)
    names = names_of({entry.actor_id} if entry.actor_id else set())
    records, standing = log.records_of(entry), log.standing_of(entry_id)
    is_altered = any(one.differences or one.is_missing or not one.is_readable for one in records)
    return {
        "entry": entry,
        "company": selectors.company_name(entry.entity_id),
        "action": action_words(entry.action),
        "kind": kind_words().get(entry.subject_type, entry.subject_type),
        "who": names.get(entry.actor_id, "本单位以外的成员") if entry.actor_id else "系统",
        "standing": standing,
        "records": records,
        "is_altered": is_altered or (standing.index is not None and not log.is_as_placed(entry)),
    }


@member_required
@require_GET
def verification_list(request: MemberRequest) -> HttpResponse:
    """核对记录"""
    member = request.member
    root = selectors.root_for(member)
    # A run covers all companies, and what it found may lie in any.
    require(member, selectors.RIGHT, on=root)
    with scope_with(root):
        page = page_of(request, log.verifications(root))
        people = names_of({one.asked_by_id for one in page.object_list if one.asked_by_id})
        context = {
            "page": page,
            "lines": [
                (one, people.get(one.asked_by_id, "成员") if one.asked_by_id else "每夜自动")
                for one in page.object_list
            ],
            "may_verify": allows(member, "evidence.verify", on=root),
            "tab": "verifications",
        }
        return render(request, "audit/verification_list.html", context)


@member_required
@require_POST
def verify_log(request: MemberRequest) -> HttpResponse:
    member = request.member
    root = ask_verification(actor=member)

    def begin() -> str:
        try:
            tasks.verify_log.defer(member_id=str(member.pk), user_id=str(member.user_id), root=str(root))
        except AlreadyEnqueued:
            raise Refused("verification_waits", "已经有一次核对在等候：请稍后刷新本页") from None
        return "已开始核对：完成后列在下面，记录多时要几分钟"

    tell(request, begin)
    return redirect("verification_list")


@member_required
@require_GET
def log_entries(request: MemberRequest, number: str) -> HttpResponse:
    """An entry bundle of the log (C2SP tlog-tiles): it shows how much is done, so it is for who audits the group."""
    require(request.member, selectors.RIGHT, on=selectors.root_for(request.member))
    newest = log.newest_checkpoint()
    try:
        index, width = tile_number(number)
    except ValueError:
        raise Missing("no_such_tile", "没有这一段") from None
    start = index * WIDTH
    if newest is None or start + width > newest.size:
        raise Missing("no_such_tile", "日志还没有到这一段")
    with selectors.reading_log(request.member):
        leaves = log.leaves_between(start, start + width)
    body = b"".join(len(leaf).to_bytes(2, "big") + leaf for leaf in leaves)
    return HttpResponse(body, content_type="application/octet-stream")


@member_required
@require_GET
def anchor_list(request: MemberRequest) -> HttpResponse:
    """外部见证"""
    member = request.member
    require(member, selectors.RIGHT, on=member.entity_id)
    context = {
        "anchoring": anchors.anchoring(folder()),
        "may_register": allows(member, "evidence.witness", on=selectors.root_for(member)),
        "key": log.log_key(),
        "tab": "anchors",
    }
    return render(request, "audit/anchor_list.html", context)


@member_required
@require_GET
def witness_sheet(request: MemberRequest) -> HttpResponse:
    """见证单: the newest checkpoint on paper, and as a code for a camera."""
    require(request.member, selectors.RIGHT, on=request.member.entity_id)
    newest = log.newest_signed()
    context = {
        "checkpoint": newest,
        "key": log.log_key(),
        "picture": segno.make(newest.note, error="m").svg_data_uri(scale=3, border=2),
        "printed_at": timezone.now(),
    }
    return render(request, "audit/witness_sheet.html", context)


@member_required
@require_GET
def witness_file(request: MemberRequest) -> HttpResponse:
    """The same as a file, for `guiju evidence verify --witness`."""
    require(request.member, selectors.RIGHT, on=request.member.entity_id)
    newest = log.newest_signed()
    answer = HttpResponse(newest.note, content_type="text/plain; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="checkpoint-{newest.size}.txt"'
    return answer


@member_required
@require_POST
def register_witness(request: MemberRequest) -> HttpResponse:
    def register() -> str:
        register_witness_service(label=request.POST.get("label", ""), actor=request.member, at=timezone.now())
        return "已登记：请把见证单或检查点文件交给对方保管"

    tell(request, register)
    return redirect("anchor_list")
