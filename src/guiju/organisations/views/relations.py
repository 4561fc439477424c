"""Pages of the relations between companies."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from guiju.kernel.errors import GuijuError
from guiju.organisations.forms import show_problems
from guiju.organisations.forms.roles import RelationAssessmentForm, RelationForm
from guiju.organisations.models import Relation
from guiju.organisations.permissions import allows, require
from guiju.organisations.registry import SHARED_SERVICES
from guiju.organisations.selectors import companies_for
from guiju.organisations.selectors import relations as selectors
from guiju.organisations.services import relations as services
from guiju.organisations.signin import MemberRequest, member_required
from guiju.web.answers import tell
from guiju.web.forms import FormPage
from guiju.web.paging import page_of


@member_required
@require_GET
def relation_list(request: MemberRequest) -> HttpResponse:
    member, today = request.member, timezone.localdate()
    page = page_of(request, selectors.relations_for(member))
    context = {
        "page": page,
        "lines": selectors.lines_of(page.object_list, member, on=today),
        "may_agree": allows(member, "relation.agree", on=member.entity_id),
        "tab": "relations",
    }
    return render(request, "organisations/relation_list.html", context)


@member_required
def agree_relation(request: MemberRequest) -> HttpResponse:
    """Enter a relation; `?preset=shared` fills in 集团共享服务."""
    member = request.member
    require(member, "relation.agree", on=member.entity_id)
    initial: dict[str, object] = {"since": timezone.localdate()}
    if request.GET.get("preset") == "shared":
        initial |= {"sort": Relation.Sort.ENTRUST, "purposes": list(SHARED_SERVICES), "receiver": member.entity}
    form = RelationForm(request.POST or None, companies=companies_for(member), initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            services.agree_relation(details=form.details, actor=member, at=timezone.now())
        except GuijuError as error:
            show_problems(form, error)
        else:
            messages.success(request, "已登记，等另一位有权的人确认后生效")
            return redirect("relation_list")
    context = {"form": form, "tab": "relations"}
    return render(request, "organisations/agree_relation.html", context, status=422 if form.errors else 200)


@member_required
@require_GET
def relation_agreement(request: MemberRequest, relation_id: UUID) -> HttpResponse:
    """A draft of the agreement behind a relation, to be printed and signed."""
    relation = selectors.relation_for(request.member, relation_id)
    [line] = selectors.lines_of([relation], request.member, on=timezone.localdate())
    return render(request, "organisations/relation_agreement.html", {"line": line, "tab": "relations"})


@member_required
def assess_relation(request: MemberRequest, relation_id: UUID) -> HttpResponse:
    """影响评估"""
    member = request.member
    relation = selectors.relation_for(member, relation_id)
    require(member, "relation.agree", on=relation.entity_id)
    known = {name: getattr(relation, name) for name in ("necessity", "impact", "measures")}
    form = RelationAssessmentForm(request.POST or None, initial=known)
    if request.method == "POST" and form.is_valid():
        try:
            services.assess_relation(relation_id=relation.pk, answers=form.answers, actor=member, at=timezone.now())
        except GuijuError as error:
            show_problems(form, error)
        else:
            messages.success(request, "已记录影响评估")
            return redirect("relation_list")
    [line] = selectors.lines_of([relation], member, on=timezone.localdate())
    intro = f"{line.giver} → {line.receiver}（{relation.get_sort_display()}，用于{line.purposes}）"
    page = FormPage("影响评估", "记录", reverse("relation_list"), "公司间数据关系", intro)
    return page.answer(request, form)


@member_required
@require_POST
def confirm_relation(request: MemberRequest, relation_id: UUID) -> HttpResponse:
    def confirm() -> str:
        services.confirm_relation(relation_id=relation_id, actor=request.member, at=timezone.now())
        return "已确认，数据关系生效"

    tell(request, confirm)
    return redirect("relation_list")


@member_required
@require_POST
def end_relation(request: MemberRequest, relation_id: UUID) -> HttpResponse:
    reason = request.POST.get("reason", "")

    def end() -> str:
        services.end_relation(relation_id=relation_id, reason=reason, actor=request.member, at=timezone.now())
        return "已终止：接收方从现在起看不到提供方的记录"

    tell(request, end)
    return redirect("relation_list")
