"""What the pages of steps share: the version that was seen, who else is at the case, and the way back."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from guiju.complaints.forms.desk import StepForm
from guiju.complaints.models import Complaint
from guiju.complaints.selectors.meanwhile import version_of_case
from guiju.complaints.services.handling import CHANGED
from guiju.kernel.errors import GuijuError
from guiju.organisations.forms import show_problems
from guiju.web.forms import FormPage

_DIGITS = 12


def take_step(
    request: HttpRequest, case: Complaint, form: StepForm, page: FormPage, act: Callable[[], object]
) -> HttpResponse:
    """One step of a case: the form, or what came of it. What somebody else did meanwhile is told, and nothing is lost."""
    if request.method == "POST" and form.is_valid():
        try:
            act()
        except GuijuError as error:
            show_problems(form, error)
            if any(one.code == CHANGED for one in error.problems):
                form.show_newer(version_of_case(case))
        else:
            case.refresh_from_db(fields=["state"])
            messages.success(request, f"投诉 {case.number}：{case.get_state_display()}")
            return redirect("complaint_detail", case.pk)
    return show_step(request, case, form, page)


def show_step(request: HttpRequest, case: Complaint, form: StepForm, page: FormPage) -> HttpResponse:
    context = {
        "page_of_form": page,
        "form": form,
        "case": case,
        "seen": form["seen"].value(),
        "opened": int(timezone.now().timestamp()),
    }
    return render(request, "complaints/step.html", context, status=422 if form.errors else 200)


def at_version(case: Complaint) -> dict[str, int]:
    """What a form begins with: the version that is before who fills it."""
    return {"seen": version_of_case(case)}


def back_to(case: Complaint) -> tuple[str, str]:
    return reverse("complaint_detail", args=[case.pk]), f"投诉 {case.number}"


def whole_number(text: str) -> int | None:
    """A number as a form sends it along; None for what is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _DIGITS else None
