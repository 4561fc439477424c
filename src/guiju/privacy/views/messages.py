"""The page on which staff deal with what a person wrote to the company (待办 → 本人留言)."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from guiju.kernel.errors import GuijuError, Missing
from guiju.keys.values import sealed_values
from guiju.organisations.forms import show_problems
from guiju.organisations.permissions import allows, require
from guiju.organisations.signin import MemberRequest, member_required
from guiju.privacy.forms import AnswerMessageForm
from guiju.privacy.models import Message
from guiju.privacy.services import messages as services


def reached_at(message: Message) -> str:
    """The phone or e-mail address at which somebody wants to be answered; empty once it is dealt with."""
    return str(sealed_values(message, "sealed").get("reach", ""))


@member_required
def answer_message(request: MemberRequest, message_id: UUID) -> HttpResponse:
    """办理本人留言"""
    member = request.member
    found = Message.objects.select_related("entity", "done_by").filter(pk=message_id).first()
    if found is None:
        raise Missing("message_missing", "没有这条留言，或您的角色看不到它")
    require(member, services.RIGHT, on=found.entity_id)
    form = AnswerMessageForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.answer_message(
                message_id=found.pk, outcome=form.cleaned_data["outcome"], actor=member, at=timezone.now()
            )
        except GuijuError as error:
            show_problems(form, error)
        else:
            messages.success(request, "已办结，留言的内容已清除")
            return redirect("work_list")
    context = {
        "message": found,
        "words": sealed_values(found, "sealed"),
        "form": form,
        "may_refuse": allows(member, "refusal.add", on=found.entity_id),
    }
    return render(request, "privacy/answer_message.html", context, status=422 if form.errors else 200)
