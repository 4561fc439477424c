"""The board, and the pages on which an opportunity moves on, is won or lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from guiju.kernel.errors import GuijuError
from guiju.organisations.forms import show_problems
from guiju.organisations.permissions import allows, reach_of
from guiju.organisations.signin import MemberRequest, member_required
from guiju.sales.forms.opportunities import LoseForm, SeenForm, WinForm, moment_of
from guiju.sales.models import Opportunity
from guiju.sales.selectors.board import board_of, ended_of
from guiju.sales.selectors.figures import owners_of
from guiju.sales.selectors.filtering import ALL, OpportunityFilter, month_of
from guiju.sales.selectors.reading import deals
from guiju.sales.selectors.stages import Stages, stages_of
from guiju.sales.services import moving
from guiju.sales.services.opportunities import refuse_unusable
from guiju.sales.views.opportunities import owner_choices, page_of_form
from guiju.web.answers import tell

_Form = TypeVar("_Form", bound=SeenForm)
_ENDINGS = {Opportunity.State.WON.value: "win_opportunity", Opportunity.State.LOST.value: "lose_opportunity"}


@member_required
@require_GET
def opportunity_board(request: MemberRequest) -> HttpResponse:
    """看板"""
    member = request.member
    asked = OpportunityFilter(state=ALL, owner=request.GET.get("owner", "").replace("\x00", ""))
    with deals(member, on=timezone.localdate()) as seen:
        rows = asked.of(seen.rows(), seen)
        context = {
            "columns": board_of(seen, rows),
            "ended": ended_of(seen, rows),
            "since": month_of(seen.on).isoformat(),
            "stages": seen.stages.stages,
            "asked": asked,
            "owners": owner_choices(owners_of(seen), member.pk),
            "may_add": allows(member, "opportunity.add", on=member.entity_id),
            "may_change": reach_of(member, "opportunity.change") is not None,
            "may_set_up": allows(member, "opportunity.set_up", on=member.entity_id),
            "tab": "board",
        }
        return render(request, "sales/opportunity_board.html", context)


@member_required
@require_POST
def move_opportunity(request: MemberRequest, opportunity_id: UUID) -> HttpResponse:
    """To another stage; what is won or lost goes on to the page that asks for more."""
    stage = request.POST.get("stage", "")
    if stage in _ENDINGS:
        return redirect(_ENDINGS[stage], opportunity_id)

    def move() -> str:
        made = moving.move_opportunity(
            opportunity_id=opportunity_id,
            stage=stage,
            actor=request.member,
            at=timezone.now(),
            seen=moment_of(request.POST.get("seen", "")),
        )
        return f"已移到“{stages_of(made.entity_id).label(made.stage)}”"

    tell(request, move)
    if request.POST.get("back") == "detail":
        return redirect("opportunity_detail", opportunity_id)
    owner = request.POST.get("owner", "")
    return redirect(reverse("opportunity_board") + ("?" + urlencode({"owner": owner}) if owner else ""))


@member_required
def win_opportunity(request: MemberRequest, opportunity_id: UUID) -> HttpResponse:
    """赢单"""

    def form_of(row: Opportunity, stages: Stages) -> WinForm:
        initial = {"seen": row.changed_at.isoformat(), "amount": row.amount}
        return WinForm(request.POST or None, initial=initial)

    def win(row: Opportunity, form: WinForm) -> Opportunity:
        return moving.win_opportunity(
            opportunity_id=row.pk,
            amount=form.cleaned_data["amount"],
            actor=request.member,
            at=timezone.now(),
            seen=form.seen_at,
        )

    return _end(request, opportunity_id, "赢单", form_of, win)


@member_required
def lose_opportunity(request: MemberRequest, opportunity_id: UUID) -> HttpResponse:
    """输单"""

    def form_of(row: Opportunity, stages: Stages) -> LoseForm:
        return LoseForm(request.POST or None, stages=stages, initial={"seen": row.changed_at.isoformat()})

    def lose(row: Opportunity, form: LoseForm) -> Opportunity:
        return moving.lose_opportunity(
            opportunity_id=row.pk,
            reason=form.cleaned_data["reason"],
            note=form.cleaned_data["note"],
            actor=request.member,
            at=timezone.now(),
            seen=form.seen_at,
        )

    return _end(request, opportunity_id, "输单", form_of, lose)


def _end(
    request: MemberRequest,
    opportunity_id: UUID,
    heading: str,
    form_of: Callable[[Opportunity, Stages], _Form],
    end: Callable[[Opportunity, _Form], Opportunity],
) -> HttpResponse:
    with deals(request.member, on=timezone.localdate(), right="opportunity.change") as seen:
        row = seen.row(opportunity_id)
        refuse_unusable(row.customer)
        form = form_of(row, seen.stages)
        if request.method == "POST" and form.is_valid():
            try:
                end(row, form)
            except GuijuError as error:
                show_problems(form, error)
            else:
                messages.success(request, f"“{seen.named(row)}”已记为{heading}")
                return redirect("opportunity_board")
        return page_of_form(heading, heading, row, seen).answer(request, form)


@member_required
@require_POST
def reopen_opportunity(request: MemberRequest, opportunity_id: UUID) -> HttpResponse:
    """重新打开"""

    def reopen() -> str:
        moving.reopen_opportunity(opportunity_id=opportunity_id, actor=request.member, at=timezone.now())
        return "已重新打开"

    tell(request, reopen)
    return redirect("opportunity_detail", opportunity_id)
