"""The page where complaints come in from a file."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from guiju.complaints.exports import rejected_workbook, why
from guiju.complaints.forms.importing import ImportForm
from guiju.complaints.models import Complaint
from guiju.complaints.selectors.cases import reading_complaints
from guiju.complaints.services import importing
from guiju.kernel.errors import Refused
from guiju.organisations.forms import show_problems
from guiju.organisations.signin import MemberRequest, member_required
from guiju.web.tables import xlsx_response

_MOST_SHOWN = 50


@member_required
def import_complaints(request: MemberRequest) -> HttpResponse:
    """导入投诉"""
    form = ImportForm(request.POST or None, request.FILES or None)
    context: dict[str, object] = {"form": form}
    with reading_complaints(request.member, at=timezone.now(), on=timezone.localdate(), right="complaint.import"):
        if request.method == "POST" and form.is_valid():
            try:
                if (done := _imported(request, form, context)) is not None:
                    return done
            except Refused as error:
                show_problems(form, error)
        return render(request, "complaints/import.html", context, status=422 if form.errors else 200)


def _imported(request: MemberRequest, form: ImportForm, context: dict[str, object]) -> HttpResponse | None:
    """Where it leads: to the queue, or to the rows that came back; None where the file was only looked at."""
    said, now = form.cleaned_data, timezone.now()
    channel = Complaint.Channel(said["channel"])
    read = importing.read_complaints(said["file"].name, said["file"].read(), channel=channel, at=now)
    context |= {"read": read, "bad": [(one.number, why(one)) for one in read.bad[:_MOST_SHOWN]]}
    context["count"] = len(read.rows) - len(read.bad)
    if said["dry_run"]:
        return None
    done = importing.import_complaints(read=read, channel=channel, begins=said["begins"], actor=request.member, at=now)
    if not done.bad:
        messages.success(request, done.outcome)
        return redirect("complaint_list")
    messages.warning(request, f"{done.outcome}：退回的行已经下载，改好以后只传那一份")
    return xlsx_response("退回的投诉.xlsx", rejected_workbook(read))
