"""Acts on many opportunities at once, and what takes an edit back."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.http import require_GET, require_POST

from guiju.customers.forms.pool import BulkForm
from guiju.kernel.errors import GuijuError, Missing, Refused
from guiju.organisations.permissions import reach_of, refusal_of
from guiju.organisations.selectors.people import colleagues_of
from guiju.organisations.signin import MemberRequest, member_required
from guiju.sales.forms.opportunities import AssignForm, moment_of
from guiju.sales.models import DealBulk
from guiju.sales.services import bulk, restoring
from guiju.web.answers import tell
from guiju.web.paging import page_of


@member_required
@require_POST
def assign_opportunities(request: MemberRequest) -> HttpResponse:
    """批量分配商机; the next page offers to take it back."""
    member = request.member
    if reach_of(member, "opportunity.assign") is None:
        raise refusal_of("opportunity.assign")
    form = AssignForm(request.POST, colleagues=colleagues_of(member))
    chosen = BulkForm.chosen(request.POST.getlist("opportunity"))
    try:
        if not form.is_valid():
            raise Refused("owner_empty", "请选择分配给哪位同事")
        owner = form.cleaned_data["owner"]
        made = bulk.assign_opportunities(opportunities=chosen, to=owner, actor=member, at=timezone.now())
    except GuijuError as error:
        messages.error(request, error.sentence)
    else:
        undo, said = (
            reverse("undo_assignment", args=[made.pk]),
            f"已把{len(made.changes)}个商机分配给{owner.user.name}。",
        )
        messages.success(request, format_html('{}<a href="{}">撤销</a>', said, undo))
    return redirect("opportunity_list")


@member_required
@require_GET
def assignment_list(request: MemberRequest) -> HttpResponse:
    """批量分配记录"""
    mine = DealBulk.objects.filter(member=request.member).select_related("to__user").order_by("-at", "-pk")
    page = page_of(request, mine)
    still = timezone.now() - bulk.UNDONE_WITHIN
    context = {"page": page, "lines": [(one, one.undone_at is None and one.at >= still) for one in page.object_list]}
    return render(request, "sales/assignment_list.html", context)


@member_required
def undo_assignment(request: MemberRequest, deal_bulk_id: UUID) -> HttpResponse:
    """撤销批量分配商机"""
    member = request.member
    if request.method == "POST":

        def undo() -> str:
            done = bulk.undo_assignment(deal_bulk_id=deal_bulk_id, actor=member, at=timezone.now())
            left = f"；{done.unusable}个商机的客户信息仅存储，没有动" if done.unusable else ""
            return f"已撤销：{done.count}个商机回到原来的负责人{left}"

        tell(request, undo)
        return redirect("assignment_list")
    found = DealBulk.objects.filter(pk=deal_bulk_id, member=member).select_related("to__user").first()
    if found is None:
        raise Missing("act_missing", "没有这次批量分配")
    return render(request, "sales/undo_assignment.html", {"act": found})


@member_required
@require_POST
def restore_opportunity(request: MemberRequest, opportunity_id: UUID, version: int) -> HttpResponse:
    """撤销商机的修改"""

    def back() -> str:
        restoring.restore_opportunity(
            opportunity_id=opportunity_id,
            number=min(version, 2**31 - 1),
            actor=request.member,
            at=timezone.now(),
            seen=moment_of(request.POST.get("seen", "")),
        )
        return "已恢复成修改以前的样子"

    tell(request, back)
    return redirect("opportunity_detail", opportunity_id)
