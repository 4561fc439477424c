"""Pages of files: sent up from what they belong to, looked at, opened, renamed, taken out of use."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from guiju.archives.selectors import address_of
from guiju.archives.shown import proposed, proposing_task
from guiju.files import tasks
from guiju.files.forms import ChangeForm, OpenForm, RemoveForm, UploadForm
from guiju.files.models import Attachment
from guiju.files.registry import Owner
from guiju.files.selectors.attachments import attachment_for, is_young, line_of, owner_of, usable_purposes
from guiju.files.services import attachments as services
from guiju.files.services import removal
from guiju.files.shown import file_answer
from guiju.kernel.errors import GuijuError, Refused
from guiju.organisations.forms import show_problems
from guiju.organisations.permissions import allows, reach_of, refusal_of, sight_of
from guiju.organisations.signin import MemberRequest, member_required
from guiju.privacy.scanning import spots_in
from guiju.web.forms import FormPage

MOST_AT_ONCE = 20
MOST_SCANNED = 5000


@member_required
def add_attachment(request: MemberRequest, owner_kind: str, owner_id: UUID) -> HttpResponse:
    """上传附件"""
    owner = owner_of(request.member, owner_kind, owner_id, on=timezone.localdate(), right="file.add")
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        saved = _add_all(request, owner, form)
        if saved and not form.errors:
            messages.success(request, f"已上传{saved}个附件")
            return redirect(owner.address)
        if saved:
            messages.success(request, f"其中{saved}个已上传，下面说明的没有保存")
    status = 422 if form.errors else 200
    return render(request, "files/add_attachment.html", {"form": form, "owner": owner}, status=status)


def _add_all(request: MemberRequest, owner: Owner, form: UploadForm) -> int:
    """Each file by itself: what is wrong with one doesn't hold the others back."""
    saved = 0
    found = form.cleaned_data["upload"]
    if len(found) > MOST_AT_ONCE:
        form.add_error("upload", f"一次最多{MOST_AT_ONCE}个，这次有{len(found)}个：请分几次上传")
        return 0
    for one in found:
        try:
            made = services.add_attachment(
                owner_kind=owner.kind,
                owner_id=owner.pk,
                upload=services.Upload(one.name or "", one.file, one.size or 0),
                details=form.details,
                actor=request.member,
                at=timezone.now(),
            )
        except Refused as error:
            show_problems(form, error)
        else:
            saved += 1
            for sentence in made.told:
                messages.warning(request, sentence)
            tasks.check_later(made.attachment)
    return saved


@member_required
@require_POST
def scan_file_names(request: MemberRequest) -> HttpResponse:
    """What personal information stands in the names and the remark of files that are about to be sent."""
    if reach_of(request.member, "file.add") is None:
        raise refusal_of("file.add")
    text = "\n".join([*request.POST.getlist("name"), request.POST.get("note", "")])[:MOST_SCANNED]
    return render(request, "files/name_spots.html", {"spots": spots_in(text)})


@member_required
@require_GET
def attachment(request: MemberRequest, attachment_id: UUID) -> HttpResponse:
    """One file: what it is, what was found in it, and how it is opened."""
    member, on = request.member, timezone.localdate()
    found, owner = attachment_for(member, attachment_id, on=on, for_archive=True)
    return _page(request, found, owner, OpenForm(purposes=usable_purposes(owner)))


def _page(request: MemberRequest, found: Attachment, owner: Owner, form: OpenForm) -> HttpResponse:
    member, on = request.member, timezone.localdate()
    is_guarded = found.is_sensitive or is_young(owner, on=on)
    context = {
        "line": line_of(member, owner, found),
        "file": found,
        "owner": owner,
        "form": form,
        "is_guarded": is_guarded,
        "may_open": not is_guarded or owner.entity_id in sight_of(member, "file.unmask", on=on).scope,
        "may_change": owner.entity_id in sight_of(member, "file.change", on=on).scope,
        "may_remove": found.by_id == member.pk or allows(member, "archive.propose", on=owner.entity_id),
    }
    return render(request, "files/attachment.html", context, status=422 if form.errors else 200)


@member_required
def open_attachment(request: MemberRequest, attachment_id: UUID) -> HttpResponseBase:
    """The content as a download; of a sensitive file for a purpose and a reason, which are sent."""
    member, on = request.member, timezone.localdate()
    found, owner = attachment_for(member, attachment_id, on=on)
    purposes = usable_purposes(owner)
    is_asked = request.method == "POST"
    form = OpenForm(request.POST if is_asked else None, purposes=purposes)
    if not is_asked and (found.is_sensitive or is_young(owner, on=on)):
        return _page(request, found, owner, form)
    if is_asked and not form.is_valid():
        return _page(request, found, owner, form)
    purpose = form.cleaned_data["purpose"] if is_asked else next(iter(purposes), "")
    try:
        row, content = services.open_attachment(
            attachment_id=attachment_id,
            purpose=purpose,
            reason=form.cleaned_data["reason"] if is_asked else "",
            actor=member,
            at=timezone.now(),
        )
    except Refused as error:
        if not is_asked:
            raise
        show_problems(form, error)
        return _page(request, found, owner, form)
    return file_answer(row, content)


@member_required
def change_attachment(request: MemberRequest, attachment_id: UUID) -> HttpResponse:
    """改名、备注、分类"""
    found, owner = attachment_for(request.member, attachment_id, on=timezone.localdate(), right="file.change")
    line = line_of(request.member, owner, found)
    initial = {"name": line.name, "note": line.note, "grade": found.grade}
    form = ChangeForm(request.POST or None, row=found, initial=initial)
    for name in ("name", "note"):
        if getattr(line, name) != getattr(found, name):
            form.fields[name].help_text = "有按权限遮盖的内容：不改就原样保留，改了就整段替换"
    back = reverse("attachment", args=[found.pk])
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            saved = services.change_attachment(
                attachment_id=found.pk,
                # What shows masked and came back as it was shown stays as it is.
                name=found.name if said["name"] == line.name else said["name"],
                note=found.note if said["note"] == line.note else said["note"],
                grade=said["grade"],
                reason=said["reason"],
                actor=request.member,
                at=timezone.now(),
            )
        except GuijuError as error:
            show_problems(form, error)
        else:
            for sentence in saved.told:
                messages.warning(request, sentence)
            messages.success(request, "已修改")
            return redirect(back)
    return FormPage("修改附件", "保存", back, line.name).answer(request, form)


@member_required
def remove_attachment(request: MemberRequest, attachment_id: UUID) -> HttpResponse:
    """删去附件"""
    found, owner = attachment_for(request.member, attachment_id, on=timezone.localdate(), right="file.change")
    form = RemoveForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.remove_attachment(
                attachment_id=found.pk, reason=form.cleaned_data["reason"], actor=request.member, at=timezone.now()
            )
        except GuijuError as error:
            show_problems(form, error)
        else:
            messages.success(request, "已删去，不再显示；内容等另一个人同意后销毁")
            return redirect(owner.address)
    intro = "删去后谁也打不开。内容由数据专员提出、另一个人同意以后销毁，不能恢复。"
    name = line_of(request.member, owner, found).name
    return FormPage("删去附件", "删去", reverse("attachment", args=[found.pk]), name, intro).answer(request, form)


@member_required
def dispose_attachment(request: MemberRequest, removal_id: UUID) -> HttpResponse:
    """附件删去后的销毁"""
    task = proposing_task(request, removal.KIND, removal_id)
    assert task.subject_id is not None
    form = RemoveForm(request.POST or None)
    form.fields["reason"].label = "理由"
    if answer := proposed(request, form, partial(removal.dispose_attachment, task=task), "work_list"):
        return answer
    address = address_of(task.entity_id, task.subject_id)
    intro = "上传的人已经删去这个附件，内容还留着。提出后由另一个人同意，从各处销毁，不能恢复。"
    page = FormPage(
        "附件删去后的销毁", "提出销毁", address or reverse("work_list"), "附件" if address else "待办", intro
    )
    return page.answer(request, form)
