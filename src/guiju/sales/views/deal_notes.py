"""The page on which a note about an opportunity is written."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from guiju.customers.forms.notes import NoteForm
from guiju.kernel.errors import GuijuError
from guiju.organisations.forms import show_problems
from guiju.organisations.signin import MemberRequest, member_required
from guiju.privacy.scanning import spots_in
from guiju.sales.selectors.reading import deals
from guiju.sales.services import deal_notes
from guiju.sales.services.opportunities import refuse_unusable

_MOST_SCANNED = 5000


@member_required
def add_deal_note(request: MemberRequest, opportunity_id: UUID) -> HttpResponse:
    """写跟进"""
    with deals(request.member, on=timezone.localdate()) as seen:
        row = seen.row(opportunity_id)
        refuse_unusable(row.customer)
        form, name = NoteForm(request.POST or None), seen.named(row)
        back = reverse("opportunity_detail", args=[row.pk])
        if request.method == "POST" and form.is_valid():
            try:
                saved = deal_notes.add_deal_note(
                    opportunity_id=row.pk, details=form.details, actor=request.member, at=timezone.now()
                )
            except GuijuError as error:
                show_problems(form, error)
            else:
                for problem in saved.refused:
                    messages.warning(request, f"记录已保存，号码没有移入字段：{problem.sentence}")
                messages.success(request, "已记录，客户的页面上也有")
                return redirect(back + "#notes")
        spots = spots_in((form["text"].value() or "")[:_MOST_SCANNED])
        context = {"form": form, "heading": f"{name}的跟进", "back": back, "back_label": name, "spots": spots}
        return render(request, "customers/note_form.html", context, status=422 if form.errors else 200)
