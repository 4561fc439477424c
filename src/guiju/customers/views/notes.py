"""Pages of notes: written on the page of the customer, scanned while one types."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from guiju.customers.forms.notes import NoteForm, RemoveNoteForm
from guiju.customers.models import Note
from guiju.customers.selectors.reading import reading
from guiju.customers.services import notes
from guiju.customers.views.customers import USUAL
from guiju.kernel.errors import GuijuError, Missing
from guiju.organisations.forms import show_problems
from guiju.organisations.signin import MemberRequest, member_required
from guiju.privacy.scanning import spots_in
from guiju.web.answers import tell
from guiju.web.forms import Form, FormPage

MOST_SCANNED = 5000


@member_required
def add_note(request: MemberRequest, customer_id: UUID) -> HttpResponse:
    with reading(request.member, purpose=USUAL, on=timezone.localdate(), right="customer.change") as seen:
        customer = seen.customer(customer_id)
        form = NoteForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                saved = notes.add_note(
                    customer_id=customer.pk, details=form.details, actor=request.member, at=timezone.now()
                )
            except GuijuError as error:
                show_problems(form, error)
            else:
                for problem in saved.refused:
                    messages.warning(request, f"记录已保存，号码没有移入字段：{problem.sentence}")
                if not saved.refused:
                    words = "、".join(saved.masked)
                    messages.success(request, f"已记录；里面的{words}显示时按权限遮盖" if words else "已记录")
                return redirect(reverse("customer_detail", args=[customer.pk]) + "#timeline")
        context = {
            "form": form,
            "heading": f"{customer.shown_name}的跟进",
            "back": reverse("customer_detail", args=[customer.pk]),
            "back_label": customer.shown_name,
            "spots": spots_in((form["text"].value() or "")[:MOST_SCANNED]),
        }
        return render(request, "customers/note_form.html", context, status=422 if form.errors else 200)


@member_required
@require_POST
def scan_note(request: MemberRequest) -> HttpResponse:
    """What personal information stands in a text that is being typed: of a note, or of any other input.

    Everybody may ask: it tells nothing but of what was sent.
    """
    if "text" not in request.POST:
        typed = "\n".join(str(text) for name, text in request.POST.items() if name != "csrfmiddlewaretoken")
        spots = spots_in(typed[:MOST_SCANNED])
        context = {
            "spots": spots,
            "goes": any(one.must_go for one in spots),
            "stays": any(not one.must_go for one in spots),
        }
        return render(request, "customers/text_spots.html", context)
    text = request.POST["text"][:MOST_SCANNED]
    form = NoteForm(initial={"treat": request.POST.get("treat", "")})
    return render(request, "customers/note_spots.html", {"spots": spots_in(text), "form": form})


@member_required
def remove_note(request: MemberRequest, note_id: UUID) -> HttpResponse:
    with reading(request.member, purpose=USUAL, on=timezone.localdate(), right="customer.change") as seen:
        found = Note.objects.filter(pk=note_id, removed_at=None).first()
        if found is None:
            raise Missing("note_missing", "没有这条记录，或已经删去")
        customer = seen.customer(found.customer_id)
        form = RemoveNoteForm(request.POST or None)
        back = reverse("customer_detail", args=[customer.pk]) + "#timeline"
        if request.method == "POST" and form.is_valid():
            try:
                notes.remove_note(
                    note_id=note_id,
                    reason=form.cleaned_data["reason"],
                    actor=request.member,
                    at=timezone.now(),
                )
            except GuijuError as error:
                show_problems(form, error)
            else:
                messages.success(request, "已删去；可以在全部记录里恢复")
                return redirect(back)
        return FormPage("删去一条记录", "删去", back, customer.shown_name).answer(request, form)


@member_required
def return_note(request: MemberRequest, note_id: UUID) -> HttpResponse:
    """恢复删去的跟进"""
    with reading(request.member, purpose=USUAL, on=timezone.localdate(), right="customer.change") as seen:
        found = Note.objects.filter(pk=note_id, removed_at__isnull=False, by_id=request.member.pk).first()
        if found is None:
            raise Missing("note_missing", "没有这条删去的记录，或者内容已经依法删除")
        customer = seen.customer(found.customer_id)
        form = Form(request.POST or None)
        back = reverse("customer_timeline", args=[customer.pk])
        if request.method == "POST":

            def put_back() -> str:
                notes.return_note(note_id=note_id, actor=request.member, at=timezone.now())
                return "已恢复"

            tell(request, put_back)
            return redirect(back)
        intro = f"恢复{timezone.localtime(found.at):%Y-%m-%d %H:%M}的{found.get_way_display()}记录。"
        return FormPage("恢复删去的记录", "恢复", back, customer.shown_name, intro).answer(request, form)
