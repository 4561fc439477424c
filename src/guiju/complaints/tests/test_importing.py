"""Complaints out of files of platforms and shops: with their own dates, quietly, each row once."""

from __future__ import annotations

import io
import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from openpyxl import Workbook, load_workbook

from guiju.complaints import cli
from guiju.complaints.exports import rejected_workbook
from guiju.complaints.models import Complaint, Step
from guiju.complaints.services.care import care_for_complaints
from guiju.complaints.services.importing import Imported, import_complaints, read_complaints
from guiju.complaints.tests.factories import agent_of
from guiju.database.scope import scope
from guiju.deadlines.models import Duty
from guiju.kernel.calendar.clock import CHINA
from guiju.kernel.errors import NotAllowed, Refused
from guiju.keys.values import sealed_values
from guiju.notifications.models import Notice
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.services.tokens import create_token
from guiju.organisations.tests.factories import AT, Group, sign_in

pytestmark = pytest.mark.django_db

HEADER = ["登记编号", "投诉时间", "投诉内容", "消费者姓名", "联系电话", "诉求类型", "办理状态", "办结时间", "处理结果"]
CLOSED = [
    "W1",
    "2025-03-01 10:20",
    "收到的是坏的",
    "王先生",
    "13800010009",
    "退货退款",
    "已办结",
    "2025-03-08",
    "已退款",
]
OPEN = ["W2", "2026-11-20", "没有发货", "", "13800010008", "", "处理中", "", ""]


def book(*rows: list[str]) -> bytes:
    made, out = Workbook(), io.BytesIO()
    for row in (HEADER, *rows):
        made.active.append(row)
    made.save(out)
    return out.getvalue()


def taken_in(agent: Member, *rows: list[str], begins: bool = False) -> Imported:
    with acting(agent):
        read = read_complaints("a.xlsx", book(*rows), channel=Complaint.Channel.PLATFORM, at=AT)
        return import_complaints(read=read, channel=Complaint.Channel.PLATFORM, begins=begins, actor=agent, at=AT)


def cases(group: Group) -> dict[str, Complaint]:
    with scope(entities={group.company_a.pk}):
        return {sealed_values(one, "sealed")["text"]: one for one in Complaint.objects.all()}


def counts(group: Group) -> tuple[int, int]:
    """Duties and notices to people without an account."""
    with scope(entities={group.company_a.pk}):
        return Duty.objects.count(), Notice.objects.filter(kind__startswith="complaints.").count()


def test_old_ones_come_with_their_own_dates_and_start_nothing(group: Group) -> None:
    done = taken_in(agent_of(group), CLOSED, OPEN)
    care_for_complaints(at=AT)

    assert (done.taken, done.known, done.bad) == (2, 0, [])
    closed, opened = cases(group)["收到的是坏的"], cases(group)["没有发货"]
    assert closed.received_at.astimezone(CHINA).strftime("%Y-%m-%d %H:%M") == "2025-03-01 10:20"
    assert closed.closed_at.astimezone(CHINA).date() == date(2025, 3, 8)
    assert (closed.state, closed.wish, closed.channel) == ("closed", "refund", "platform")
    assert opened.state == "received" and opened.is_backfilled and closed.is_backfilled
    assert counts(group) == (0, 0)
    with scope(entities={group.company_a.pk}):
        step = Step.objects.get(complaint=closed)
        assert (step.kind, sealed_values(step, "sealed")["text"], step.is_public) == ("closed", "已退款", False)


def test_of_those_still_open_the_clocks_start_where_that_is_chosen(group: Group) -> None:
    done = taken_in(agent_of(group), CLOSED, OPEN, begins=True)

    assert done.begun == 1
    duties, notices = counts(group)
    assert duties > 0 and notices == 1
    care_for_complaints(at=AT)
    assert counts(group) == (duties, 1)
    assert cases(group)["没有发货"].is_backfilled and cases(group)["没有发货"].tell_at is not None


def test_the_same_row_again_makes_no_second(group: Group) -> None:
    agent = agent_of(group)
    taken_in(agent, CLOSED, OPEN)
    without_number = ["", "2025-03-01", "没有编号的", "", "", "", "", "", ""]
    again = taken_in(agent, CLOSED, OPEN, without_number, without_number)

    assert (again.taken, again.known) == (1, 3) and len(cases(group)) == 3


@pytest.mark.parametrize(
    ("place", "cell", "sentence"),
    [
        (1, "", "收到时间：没有填写"),
        (1, "很久以前", "收到时间"),
        (1, "2099-01-01", "收到时间：时间还没有到"),
        (2, " ", "投诉内容：没有填写"),
        (4, "12345", "手机"),
        (6, "不知道", "认不出“不知道”"),
        (7, "", "请填写办结时间"),
        (7, "2024-01-01", "应在收到以后、现在以前"),
        (3, "长" * 61, "有61个字，最多60个"),
    ],
)
def test_bad_rows_go_back_and_the_others_come_in(group: Group, place: int, cell: str, sentence: str) -> None:
    bad = [*CLOSED[:place], cell, *CLOSED[place + 1 :]]
    done = taken_in(agent_of(group), bad, OPEN)

    assert done.taken == 1 and len(done.bad) == 1
    told = "；".join(f"{title}：{words}" for title, words in done.bad[0].problems)
    assert sentence in told


def test_the_rows_that_came_back_are_mended_and_sent_again(group: Group) -> None:
    agent = agent_of(group)
    with acting(agent):
        bad = [*CLOSED[:4], "12345", *CLOSED[5:]]
        read = read_complaints("a.xlsx", book(bad, OPEN), channel=Complaint.Channel.SHOP, at=AT)
        back = load_workbook(io.BytesIO(rejected_workbook(read)))
        sheet = back.active
        assert sheet.max_row == 2 and "手机" in sheet.cell(2, sheet.max_column).value
        sheet.cell(2, HEADER.index("联系电话") + 2).value = "13800010009"
        out = io.BytesIO()
        back.save(out)
        mended = read_complaints("b.xlsx", out.getvalue(), channel=Complaint.Channel.SHOP, at=AT)
        assert not mended.bad
        done = import_complaints(read=mended, channel=Complaint.Channel.SHOP, begins=False, actor=agent, at=AT)
    assert done.taken == 1


@pytest.mark.parametrize("content", [b"", b"\x00\x01", b"a,b\n1,2\n", "投诉内容,收到时间\n".encode()])
def test_a_file_that_is_none_is_refused_in_a_sentence(group: Group, content: bytes) -> None:
    with pytest.raises(Refused), acting(agent_of(group)):
        read_complaints("a.csv", content, channel=Complaint.Channel.PLATFORM, at=AT)


def test_who_may_not_import_does_not(group: Group) -> None:
    with pytest.raises(NotAllowed):
        taken_in(group.sales_a, CLOSED)


def test_the_page_takes_a_file_and_gives_back_what_is_wrong(group: Group, client: Client) -> None:
    sign_in(client, agent_of(group).user.username)
    recent = [*OPEN[:1], (timezone.now() - timedelta(days=1)).strftime("%Y-%m-%d"), *OPEN[2:]]
    bad = [*CLOSED[:4], "12345", *CLOSED[5:]]

    def send(content: bytes, **more: str) -> object:
        file = SimpleUploadedFile("a.xlsx", content)
        return client.post("/complaints/import/", {"file": file, "channel": "platform", **more})

    looked = send(book(recent, bad), dry_run="on").content.decode()
    assert "2 行，可以导入 1 件" in looked and "第3行" in looked and not cases(group)
    assert send(book(recent, bad))["Content-Type"].endswith("sheet")
    assert "导入1件投诉，退回1行" in client.get("/complaints/").content.decode()
    assert send(book(recent)).status_code == 302 and len(cases(group)) == 1
    assert send(b"x").status_code == 422


def test_the_command_takes_a_file_with_columns_that_are_named_for_it(group: Group, tmp_path: Path) -> None:
    agent = agent_of(group)
    with acting(agent):
        token = create_token(member=agent, name="x", days=1, at=timezone.now())
    file, mapping, back = tmp_path / "店铺.csv", tmp_path / "m.json", tmp_path / "back.xlsx"
    file.write_text("说了什么,哪天,电话\n坏了,2025-01-02,13800010009\n又坏了,不是日期,\n", "gb18030")
    mapping.write_text(json.dumps({"columns": {"说了什么": "text", "哪天": "received_at", "电话": "phone"}}))

    def run(*more: str) -> tuple[int, dict[str, object]]:
        arguments = ["import", str(file), "--entity", group.company_a.unified_code, "--channel", "shop"]
        arguments += ["--mapping", str(mapping), "--errors", str(back), "--format", "json", *more]
        done = CliRunner().invoke(cli.complaints, arguments, obj=token)
        return done.exit_code, json.loads(done.stdout)

    assert run("--dry-run")[1]["taken"] == 0
    code, told = run()
    assert (code, told["taken"], told["refused"], told["problems"][0]["line"]) == (1, 1, 1, 3) and back.exists()
    assert run()[1]["known"] == 1
