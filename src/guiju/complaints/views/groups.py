"""Pages of complaints of many about one thing: which they likely are, which are tied, one text to all."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from guiju.complaints.forms.team import GroupAnswerForm
from guiju.complaints.selectors.cases import reading_complaints
from guiju.complaints.selectors.groups import group_in, group_of, likely_same
from guiju.complaints.services import groups as services
from guiju.kernel.errors import GuijuError
from guiju.organisations.forms import show_problems
from guiju.organisations.permissions import allows
from guiju.organisations.signin import MemberRequest, member_required
from guiju.web.answers import tell


@member_required
def tie_cases(request: MemberRequest, complaint_id: UUID) -> HttpResponse:
    """同类投诉"""
    with reading_complaints(
        request.member, at=timezone.now(), on=timezone.localdate(), right="complaint.handle"
    ) as seen:
        case = seen.case(complaint_id)
        trouble, title = "", request.POST.get("title", "")
        chosen = request.POST.getlist("cases")
        if request.method == "POST":
            group = group_of(case)
            try:
                made = services.tie_cases(
                    complaint_ids=[*_ids(chosen), *([] if group else [case.pk])],
                    title=title,
                    group_id=group.pk if group else None,
                    actor=request.member,
                    at=timezone.now(),
                )
            except GuijuError as error:
                trouble = error.sentence
            else:
                messages.success(request, f"已归入“{made.title}”")
                return redirect("complaint_group", made.pk)
        context = {
            "case": case,
            "group": group_of(case),
            "likely": likely_same(seen, case),
            "trouble": trouble,
            "title": title,
            "chosen": chosen,
        }
        return render(request, "complaints/tie_cases.html", context, status=422 if trouble else 200)


def _ids(texts: list[str]) -> list[UUID]:
    found = []
    for text in texts:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


@member_required
def complaint_group(request: MemberRequest, group_id: UUID) -> HttpResponse:
    """群体投诉"""
    with reading_complaints(request.member, at=timezone.now(), on=timezone.localdate()) as seen:
        group, cases = group_in(seen, group_id)
        may_handle = allows(request.member, "complaint.handle", on=group.entity_id)
        form = GroupAnswerForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                said = services.answer_group(
                    group_id=group.pk,
                    text=form.cleaned_data["text"],
                    is_answer=form.cleaned_data["is_answer"],
                    actor=request.member,
                    at=timezone.now(),
                )
            except GuijuError as error:
                show_problems(form, error)
            else:
                left = "；".join(f"{number}没有发：{why}" for number, why in said.left)
                messages.success(request, f"已告诉{len(said.to)}件的投诉人{f'；{left}' if left else ''}")
                return redirect("complaint_group", group.pk)
        context = {"group": group, "lines": seen.lines(cases), "form": form, "may_handle": may_handle}
        return render(request, "complaints/group.html", context, status=422 if form.errors else 200)


@member_required
@require_POST
def untie_case(request: MemberRequest, complaint_id: UUID) -> HttpResponse:
    """移出群体投诉"""

    def act() -> str:
        services.untie_case(complaint_id=complaint_id, actor=request.member, at=timezone.now())
        return "已移出"

    tell(request, act)
    return redirect("complaint_detail", complaint_id)
