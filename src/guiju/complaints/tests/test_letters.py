"""A letter of an authority: its own date leads, its own clock runs, and the reply is an official paper."""

from __future__ import annotations

import io
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from docx import Document
from pypdf import PdfReader

from guiju.complaints.models import Complaint, Letter
from guiju.complaints.services.care import care_for_complaints
from guiju.complaints.services.handling import Closing, answer_complaint, close_complaint
from guiju.complaints.services.letters import Received, Reply, Sent, add_letter, draft_reply, send_reply
from guiju.complaints.tests.factories import again, agent_of, complain
from guiju.complaints.tests.test_clocks import clock
from guiju.complaints.tests.test_handling import duties_of
from guiju.database.scope import scope
from guiju.kernel.calendar.clock import CHINA
from guiju.kernel.errors import Missing, NotAllowed, Refused
from guiju.notifications.models import Notice
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, sign_in

pytestmark = pytest.mark.django_db
REPLY = Reply("关于投诉转办的复函", "经核查，情况属实。\n已退款。", "甲食函〔2026〕3号", ["退款凭证", "", "整改报告"])


@pytest.fixture
def agent(group: Group) -> Member:
    return agent_of(group)


def letter(agent: Member, **said: Any) -> Letter:
    values = {
        "kind": "transfer",
        "authority": "上城区市场监督管理局",
        "dated_on": date(2026, 11, 20),
        "text": "请于期限内函复处理情况",
        "their_no": "杭上市监转〔2026〕12号",
        "answer_by": date(2026, 11, 30),
    }
    with acting(agent):
        return add_letter(said=Received(**{**values, **said}), actor=agent, at=AT)


def test_the_date_of_the_letter_leads_and_its_clock_is_what_it_says(agent: Member) -> None:
    made = letter(agent)
    case = again(made.complaint)
    assert (case.kind, case.state) == ("transfer", "accepted")
    assert case.received_at.astimezone(CHINA).date() == date(2026, 11, 20)
    assert clock(case, "letter").due_on == date(2026, 11, 30)
    assert (clock(case, "letter").basis, clock(case, "authority").basis) == ("internal", "authority")
    assert "要求11月30日前答复" in clock(case, "letter").article
    assert case.due_at == clock(case, "letter").due_at
    assert set(duties_of(case)) == {"complaints.letter", "complaints.authority"}


def test_a_day_off_puts_the_end_off_for_nobody(agent: Member) -> None:
    assert clock(letter(agent, answer_by=date(2026, 11, 29)).complaint, "letter").due_on == date(2026, 11, 27)


def test_nobody_is_sent_a_confirmation_or_progress_of_a_letter(group: Group, agent: Member) -> None:
    made = letter(agent)
    care_for_complaints(at=AT + timedelta(days=4))
    with scope(entities={group.company_a.pk}):
        assert not Notice.objects.filter(kind__startswith="complaints.").exists()
    assert again(made.complaint).tell_at is None


def test_it_is_tied_to_the_case_of_the_consumer(group: Group, agent: Member, client: Client) -> None:
    of_consumer = complain(group.company_a).complaint
    made = letter(agent, about=of_consumer.number.lower())
    sign_in(client, agent.user.username)
    assert made.complaint.number in client.get(f"/complaints/{of_consumer.pk}/").content.decode()
    assert of_consumer.number in client.get(f"/complaints/{made.complaint_id}/").content.decode()
    with pytest.raises(Refused, match="没有这个编号"):
        letter(agent, about="TS1")


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"kind": "consumer"}, "种类可选"),
        ({"dated_on": date(2027, 1, 1)}, "照来函上写的"),
        ({"answer_by": date(2026, 11, 20)}, "以后一年以内"),
        ({"authority": " "}, "请填写来函单位"),
        ({"text": ""}, "来函的内容"),
    ],
)
def test_what_a_letter_cannot_say_is_refused(agent: Member, said: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        letter(agent, **said)


def test_drafted_printed_sent_closed(agent: Member) -> None:
    made = letter(agent)
    case = made.complaint
    with acting(agent):
        with pytest.raises(Refused, match="先起草"):
            send_reply(complaint_id=case.pk, sent=Sent(date(2026, 11, 24), "post"), actor=agent, at=AT)
        with pytest.raises(Refused, match="用复函答复"):
            answer_complaint(complaint_id=case.pk, text="好", actor=agent, at=AT)
        drafted = draft_reply(complaint_id=case.pk, reply=REPLY, actor=agent, at=AT)
        assert drafted.attachments == ["退款凭证", "整改报告"]
        with pytest.raises(Refused, match="在来函日期和今天之间"):
            send_reply(complaint_id=case.pk, sent=Sent(date(2026, 11, 19), "post"), actor=agent, at=AT)
        send_reply(complaint_id=case.pk, sent=Sent(date(2026, 11, 24), "post"), actor=agent, at=AT)
        with pytest.raises(Refused, match="不能再改"):
            draft_reply(complaint_id=case.pk, reply=REPLY, actor=agent, at=AT)
        close_complaint(complaint_id=case.pk, how=Closing("已函复"), actor=agent, at=AT)
    assert again(case).state == "closed"
    assert duties_of(case)["complaints.letter"] == "met"


def test_the_pages_give_the_paper_as_pdf_and_by_the_companys_own_template(
    group: Group, agent: Member, client: Client
) -> None:
    sign_in(client, agent.user.username)
    typed = {
        "kind": "inquiry",
        "authority": "市场监管局",
        "dated_on": "2026-11-20",
        "text": "请说明",
        "answer_by": "2026-12-20",
    }
    assert client.post("/complaints/letter/", {**typed, "dated_on": "x"}).status_code == 422
    client.post("/complaints/letter/", typed)
    with scope(entities={group.company_a.pk}):
        case = Complaint.objects.get(kind="inquiry")
    base = f"/complaints/{case.pk}/reply"
    assert client.get(f"{base}.pdf").status_code == 422
    client.post(f"{base}/", {"title": REPLY.title, "text": REPLY.text, "attachments": "退款凭证\n整改报告"})
    printed = client.get(f"{base}.pdf")
    words = "".join(page.extract_text() for page in PdfReader(io.BytesIO(printed.content)).pages)
    assert "关于投诉转办的复函" in words.replace("\n", "") and "整改报告" in words

    plain = client.post(f"{base}/word/", {})
    assert "市场监管局：" in [one.text for one in Document(io.BytesIO(plain.content)).paragraphs]
    own, out = Document(), io.BytesIO()
    own.add_paragraph("红头 {{ 公司 }}：{{ 标题 }}")
    own.save(out)
    filled = client.post(f"{base}/word/", {"template": SimpleUploadedFile("红头.docx", out.getvalue())})
    [line] = [one.text for one in Document(io.BytesIO(filled.content)).paragraphs]
    assert line == f"红头 {group.company_a.name}：{REPLY.title}"
    refused = client.post(f"{base}/word/", {"template": SimpleUploadedFile("x.docx", b"nothing")})
    assert refused.status_code == 422


def test_who_has_no_right_enters_and_replies_nothing(group: Group, agent: Member) -> None:
    with pytest.raises(NotAllowed):
        letter(group.sales_a)
    made = letter(agent)
    with acting(group.sales_a), pytest.raises(Missing):
        draft_reply(complaint_id=made.complaint_id, reply=REPLY, actor=group.sales_a, at=AT)
    of_consumer = complain(group.company_a).complaint
    with acting(agent), pytest.raises(Missing, match="不是监管来函"):
        draft_reply(complaint_id=of_consumer.pk, reply=REPLY, actor=agent, at=AT)
