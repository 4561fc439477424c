"""Pages of letters of authorities: entered, replied to as an official paper, sent."""

from __future__ import annotations

import io
from datetime import date
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from guiju.complaints.forms.letters import LetterForm, ReplyForm, SentForm, WordForm
from guiju.complaints.models import Complaint
from guiju.complaints.selectors.cases import reading_complaints
from guiju.complaints.selectors.letters import LetterLine, letter_of, paper_of
from guiju.complaints.services import letters as services
from guiju.complaints.views.steps import at_version, back_to, take_step
from guiju.documents.docx import print_docx
from guiju.documents.ready_made import LETTER
from guiju.documents.selectors import letterhead_of, mark_of
from guiju.documents.shown import pdf_answer
from guiju.documents.typesetting import print_pdf
from guiju.kernel.errors import GuijuError, Missing
from guiju.organisations.forms import show_problems
from guiju.organisations.signin import MemberRequest, member_required
from guiju.web.forms import FormPage
from guiju.web.tables import attachment

_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_PLAIN = (
    "{{ 公司 }}",
    "{{ 文号 }}",
    "{{ 标题 }}",
    "{{ 收文单位 }}：",
    "{{ 正文 }}",
    "{{ 附件 }}",
    "{{ 公司 }}",
    "{{ 日期 }}",
)


def _letter(case: Complaint) -> LetterLine:
    found = letter_of(case)
    if found is None:
        raise Missing("letter_missing", "这件不是监管来函")
    return found


@member_required
def add_letter(request: MemberRequest) -> HttpResponse:
    """登记监管来函"""
    form = LetterForm(request.POST or None)
    with reading_complaints(request.member, at=timezone.now(), on=timezone.localdate(), right="complaint.add"):
        if request.method == "POST" and form.is_valid():
            try:
                made = services.add_letter(said=form.said, actor=request.member, at=timezone.now())
            except GuijuError as error:
                show_problems(form, error)
            else:
                messages.success(request, f"已登记来函 {made.complaint.number}")
                return redirect("complaint_detail", made.complaint_id)
        page = FormPage(
            "登记监管来函", "登记", reverse("complaint_list"), "投诉", "转办、调解、询问的来函；期限照来函写的日期算。"
        )
        return page.answer(request, form)


@member_required
def draft_reply(request: MemberRequest, complaint_id: UUID) -> HttpResponse:
    """起草复函"""
    with reading_complaints(
        request.member, at=timezone.now(), on=timezone.localdate(), right="complaint.handle"
    ) as seen:
        case = seen.case(complaint_id)
        line = _letter(case)
        initial = {
            **at_version(case),
            "title": line.title or "关于……的复函",
            "our_no": line.letter.our_no,
            "text": line.text,
            "attachments": "\n".join(line.letter.attachments),
        }
        form = ReplyForm(request.POST or None, initial=initial)
        return take_step(
            request,
            case,
            form,
            FormPage("起草复函", "保存", *back_to(case), f"来函：{line.letter}"),
            lambda: services.draft_reply(
                complaint_id=case.pk,
                reply=form.reply,
                actor=request.member,
                at=timezone.now(),
                seen=form.cleaned_data["seen"],
            ),
        )


@member_required
def send_reply(request: MemberRequest, complaint_id: UUID) -> HttpResponse:
    """登记复函发出"""
    with reading_complaints(
        request.member, at=timezone.now(), on=timezone.localdate(), right="complaint.handle"
    ) as seen:
        case = seen.case(complaint_id)
        line = _letter(case)
        form = SentForm(request.POST or None, initial={**at_version(case), "on": timezone.localdate()})
        return take_step(
            request,
            case,
            form,
            FormPage(
                "登记复函发出", "登记", *back_to(case), f"{line.title}，致{line.letter.authority}。发出以后不能再改。"
            ),
            lambda: services.send_reply(
                complaint_id=case.pk,
                sent=form.sent,
                actor=request.member,
                at=timezone.now(),
                seen=form.cleaned_data["seen"],
            ),
        )


@member_required
@require_GET
def print_reply(request: MemberRequest, complaint_id: UUID) -> HttpResponse:
    """复函"""
    with reading_complaints(request.member, at=timezone.now(), on=timezone.localdate()) as seen:
        case = seen.case(complaint_id)
        line = _letter(case)
        made = print_pdf(
            LETTER.code,
            paper_of(line),
            of=letterhead_of(case.entity),
            on=line.letter.sent_on or timezone.localdate(),
            mark=mark_of(line.letter),
        )
        return pdf_answer(f"复函-{case.number}.pdf", made)


@member_required
def fill_reply(request: MemberRequest, complaint_id: UUID) -> HttpResponse:
    """复函 Word"""
    with reading_complaints(request.member, at=timezone.now(), on=timezone.localdate()) as seen:
        case = seen.case(complaint_id)
        line = _letter(case)
        paper_of(line)
        form = WordForm(request.POST, request.FILES) if request.method == "POST" else WordForm()
        if request.method == "POST" and form.is_valid():
            given = form.cleaned_data["template"]
            try:
                content = print_docx(given.read() if given else _plain_template(), _filled(case, line))
            except GuijuError as error:
                show_problems(form, error)
            else:
                answer = HttpResponse(content, content_type=_WORD)
                answer["Content-Disposition"] = attachment(f"复函-{case.number}.docx")
                return answer
        return FormPage("复函 Word", "下载", *back_to(case), line.title).answer(request, form)


def _filled(case: Complaint, line: LetterLine) -> dict[str, str]:
    paper = paper_of(line)
    files = "\n".join(f"{number}. {one}" for number, one in enumerate(paper["attachments"], 1))
    return {
        "文号": paper["number"],
        "标题": paper["title"],
        "收文单位": paper["to"],
        "正文": paper["text"],
        "附件": f"附件：\n{files}" if files else "",
        "公司": case.entity.name,
        "日期": _day(line.letter.sent_on or timezone.localdate()),
    }


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _plain_template() -> bytes:
    from docx import Document

    made, out = Document(), io.BytesIO()
    for line in _PLAIN:
        made.add_paragraph(line)
    made.save(out)
    return out.getvalue()
