"""Pages of the register of disposals and of holds (合规 → 销毁登记, 保全)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from operator import attrgetter
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from guiju.archives import selectors
from guiju.archives.exports import proof_data, register_data
from guiju.archives.forms import BusinessForm, LiftForm, OverForm
from guiju.archives.registry import PERIODS
from guiju.archives.selectors.schedule import lines_of, over_of, schedule_of
from guiju.archives.services import periods
from guiju.archives.services.holds import lift_hold as lift_hold_service
from guiju.archives.shown import proposed
from guiju.documents.ready_made import LIST, NOTICE
from guiju.documents.selectors import letterhead_of, mark_of
from guiju.documents.shown import pdf_answer
from guiju.documents.typesetting import print_pdf
from guiju.kernel.errors import GuijuError, Missing
from guiju.organisations.forms import show_problems
from guiju.organisations.permissions import allows, require
from guiju.organisations.signin import MemberRequest, member_required
from guiju.organisations.tables import TABLES, Column, Sheet, Table, sheet_of
from guiju.web.answers import tell
from guiju.web.forms import FormPage
from guiju.web.paging import page_of

_MOST_SHOWN = 100


@member_required
@require_GET
def disposal_list(request: MemberRequest) -> HttpResponse:
    """销毁登记"""
    rows = selectors.disposals_for(request.member)
    if state := request.GET.get("state", "").replace("\x00", ""):
        rows = rows.filter(state=state)
    context = {"page": page_of(request, rows), "tab": "disposals", "is_narrowed": bool(state)}
    return render(request, "archives/disposal_list.html", context)


@member_required
@require_GET
def disposal_detail(request: MemberRequest, disposal_id: UUID) -> HttpResponse:
    """One disposal: why, by whom, how much, what stayed."""
    found = selectors.disposal_for(request.member, disposal_id)
    items = list(selectors.items_of(request.member, found)[:_MOST_SHOWN])
    addresses = selectors.addresses_of(items)
    context = {
        "disposal": found,
        "counts": selectors.counts_in_words(found),
        "items": [
            (one, selectors.field_labels(one.entity_id, one.fields), addresses.get(one.subject_id)) for one in items
        ],
        "most": _MOST_SHOWN,
        "tab": "disposals",
    }
    return render(request, "archives/disposal_detail.html", context)


@member_required
@require_GET
def print_disposal(request: MemberRequest, disposal_id: UUID) -> HttpResponse:
    found = selectors.disposal_for(request.member, disposal_id)
    made = print_pdf(
        LIST.code,
        register_data(found),
        of=letterhead_of(found.entity),
        on=timezone.localdate(),
        mark=mark_of(found),
    )
    return pdf_answer("销毁登记.pdf", made)


@member_required
@require_GET
def print_deletion(request: MemberRequest, item_id: UUID) -> HttpResponse:
    """The proof that a person gets: it names fields and an entry, no value."""
    item = selectors.item_for(request.member, item_id)
    made = print_pdf(
        NOTICE.code,
        proof_data(item, item.entity),
        of=letterhead_of(item.entity),
        on=timezone.localdate(),
        mark=mark_of(item),
    )
    return pdf_answer("个人信息删除证明.pdf", made)


@member_required
@require_GET
def retention_schedule(request: MemberRequest) -> HttpResponse:
    """保管期限表"""
    member, on = request.member, timezone.localdate()
    selectors.holds_for(member)
    may_propose = allows(member, "archive.propose", on=member.entity_id)
    context = {
        "schedule": schedule_of(member.entity_id, on=on),
        "over": over_of(member.entity_id, on=on) if may_propose else {},
        "business": lines_of(member.entity_id).words,
        "may_declare": allows(member, "archive.hold", on=member.entity_id),
        "tab": "periods",
    }
    return render(request, "archives/retention_schedule.html", context)


@member_required
def declare_business(request: MemberRequest) -> HttpResponse:
    """经营身份"""
    member = request.member
    require(member, "archive.hold", on=member.entity_id)
    now = lines_of(member.entity_id)
    initial = {"lines": sorted(now.codes), "shelf_months": now.shelf_months}
    form = BusinessForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            periods.declare_business(entity_id=member.entity_id, actor=member, at=timezone.now(), **form.cleaned_data)
        except GuijuError as error:
            show_problems(form, error)
        else:
            tell(request, lambda: "已登记")
            return redirect("retention_schedule")
    return FormPage("经营身份", "登记", reverse("retention_schedule"), "保管期限表", _BUSINESS).answer(request, form)


_BUSINESS = "有些法律只要求某一类经营者把记录保存更久。登记以后，字段台账里比它短的保存期限不能启用；已经启用而更短的，先改字段。"


@member_required
def propose_over(request: MemberRequest, period_code: str) -> HttpResponse:
    """期满销毁"""
    member = request.member
    require(member, "archive.propose", on=member.entity_id)
    period = PERIODS.get(period_code)
    if period is None or period.over is None:
        raise Missing("period_missing", "保管期限表里没有这一项，或者它的期满另外办理")
    form, back = OverForm(request.POST or None), reverse("retention_schedule")
    act = partial(periods.propose_over, entity_id=member.entity_id, code=period_code)
    if answer := proposed(request, form, act, back):
        return answer
    count = over_of(member.entity_id, on=timezone.localdate()).get(period_code, 0)
    intro = f"{period.label}：{count}人的已经期满。另一个人批准以后从各处销毁，不能恢复；有保全的保留。"
    return FormPage("期满销毁", "提出，等另一个人批准", back, "保管期限表", intro).answer(request, form)


@member_required
@require_GET
def hold_list(request: MemberRequest) -> HttpResponse:
    """保全"""
    member = request.member
    rows = selectors.holds_for(member)
    is_narrowed = request.GET.get("state") == "held"
    context = {
        "page": page_of(request, rows.filter(lifted_at=None) if is_narrowed else rows),
        "is_narrowed": is_narrowed,
        "may_hold": allows(member, "archive.hold", on=member.entity_id),
        "tab": "holds",
    }
    return render(request, "archives/hold_list.html", context)


@member_required
def lift_hold(request: MemberRequest, hold_id: UUID) -> HttpResponse:
    member = request.member
    require(member, "archive.hold", on=member.entity_id)
    found = selectors.holds_for(member).filter(pk=hold_id, lifted_at=None).first()
    if found is None:
        raise Missing("hold_missing", "没有这项保全，或已经解除")
    form = LiftForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            lift_hold_service(hold_id=found.pk, reason=form.cleaned_data["reason"], actor=member, at=timezone.now())
        except GuijuError as error:
            show_problems(form, error)
        else:
            tell(request, lambda: "已解除保全")
            return redirect("hold_list")
    intro = f"{found.get_sort_display()}：{found.reason}"
    return FormPage("解除保全", "解除", reverse("hold_list"), "保全", intro).answer(request, form)


_HOLDS = (
    Column("事由", lambda one: one.get_sort_display(), 12),
    Column("说明", attrgetter("reason"), 50),
    Column("登记人", lambda one: one.placed_by.name, 12),
    Column("登记时间", attrgetter("placed_at"), 18),
    Column("解除人", lambda one: one.lifted_by.name if one.lifted_by else "", 12),
    Column("解除时间", attrgetter("lifted_at"), 18),
    Column("解除的原因", attrgetter("lifted_because"), 50),
)
_DISPOSALS = (
    Column("依据", lambda one: one.get_basis_display(), 24),
    Column("项数", attrgetter("things"), 8),
    Column("公司", lambda one: one.entity.name, 30),
    Column("提出人", lambda one: one.proposed_by.name, 12),
    Column("提出时间", attrgetter("proposed_at"), 18),
    Column("理由", attrgetter("reason"), 50),
    Column("状态", lambda one: one.get_state_display(), 12),
    Column("编号", lambda one: str(one.pk), 38),
)
_SCHEDULE = (
    Column("记录", lambda one: one.period.label, 30),
    Column("起算", lambda one: one.period.begins, 20),
    Column("法定最低期限（月）", attrgetter("least"), 18),
    Column(
        "依据", lambda one: "；".join(f"{floor.bound}，{floor.months}个月" for floor in one.floors if floor.binds), 60
    ),
    Column("保存多久（月）", lambda one: one.period.months, 14),
    Column("说明", lambda one: one.period.ground, 60),
    Column("上限", lambda one: one.period.ceiling, 40),
    Column("到期", lambda one: one.period.then, 40),
)


@contextmanager
def _holds(request: MemberRequest, purpose: str) -> Iterator[Sheet]:
    rows = selectors.holds_for(request.member)
    yield sheet_of(_HOLDS, rows.iterator(), count=rows.count())


@contextmanager
def _disposals(request: MemberRequest, purpose: str) -> Iterator[Sheet]:
    rows = selectors.disposals_for(request.member)
    yield sheet_of(_DISPOSALS, rows.iterator(), count=rows.count())


@contextmanager
def _schedule(request: MemberRequest, purpose: str) -> Iterator[Sheet]:
    selectors.holds_for(request.member)
    yield sheet_of(_SCHEDULE, schedule_of(request.member.entity_id, on=timezone.localdate()))


TABLES["holds"] = Table("保全", "hold_list", "archive.read", _holds)
TABLES["disposals"] = Table("销毁登记", "disposal_list", "archive.read", _disposals)
TABLES["periods"] = Table("保管期限表", "retention_schedule", "archive.read", _schedule)
