"""The year's notice comes in by page and command, and is what deadlines are counted by."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.test import Client
from django.utils import timezone

from guiju.database.scope import scope
from guiju.deadlines.cli import calendar
from guiju.deadlines.models import YearNotice
from guiju.deadlines.selectors.calendar import work_calendar
from guiju.deadlines.services import enter_notice
from guiju.deadlines.tests.notice_2027 import NEXT
from guiju.evidence.selectors import history_of
from guiju.kernel.calendar import DayKind, Period, Unit, deadline
from guiju.kernel.calendar.tests.test_notices import NOTICE
from guiju.kernel.errors import NotAllowed, Refused
from guiju.organisations.selectors import acting
from guiju.organisations.services.tokens import create_token
from guiju.organisations.tests.factories import AT, Group, sign_in

pytestmark = pytest.mark.django_db


def enter(group: Group, text: str = NEXT, **more: object) -> YearNotice:
    with acting(group.system_admin):
        return enter_notice(text=text, source="国办发明电〔2026〕9号", actor=group.system_admin, at=AT, **more)  # type: ignore[arg-type]


def test_a_notice_ends_the_provisional_state_of_its_year(group: Group) -> None:
    before = deadline(work_calendar(), date(2027, 2, 4), Period(3, Unit.WORKING_DAYS))
    made = enter(group)
    after = deadline(work_calendar(), date(2027, 2, 4), Period(3, Unit.WORKING_DAYS))

    assert (before.due, before.is_provisional) == (date(2027, 2, 9), True)
    assert (after.due, after.is_provisional) == (date(2027, 2, 17), False)
    assert work_calendar().day(date(2027, 2, 20)).kind is DayKind.MAKE_UP
    with scope(entities={group.headquarters.pk}):
        [version] = history_of(made)
    assert version.action == "deadlines.enter_notice"


def test_the_same_again_is_refused_and_a_correction_replaces_it(group: Group) -> None:
    enter(group)
    with pytest.raises(Refused, match="与现有的一致"):
        enter(group)
    with pytest.raises(Refused, match="与现有的一致"):
        enter(group, NOTICE)
    enter(group, NEXT.replace("1月31日（周日）、2月20日（周六）", "1月30日（周六）、2月20日（周六）"))

    assert YearNotice.objects.count() == 1
    assert not work_calendar().day(date(2027, 1, 31)).is_working


def test_a_day_of_december_that_was_entered_by_mistake_is_corrected(group: Group) -> None:
    enter(
        group,
        NEXT.replace(
            "1月1日（周五）至3日（周日）放假，共3天。", "1月1日（周五）至3日（周日）放假，共3天。12月26日（周六）上班。"
        ),
        is_sure=True,
    )
    assert work_calendar().day(date(2026, 12, 26)).is_working
    enter(group)
    assert not work_calendar().day(date(2026, 12, 26)).is_working


def test_a_year_in_which_two_holidays_bear_one_name_shows_both(group: Group, client: Client) -> None:
    sign_in(client, "xitong")
    page = client.get("/calendar/?year=2022").content.decode()
    assert (
        page.count('<td class="title">元旦</td>') == 2
        and "1月1日 至 1月3日" in page
        and "1月1日 至 12月31日" not in page
    )


def test_what_is_unusual_needs_a_second_word(group: Group) -> None:
    odd = NEXT.replace("。5月8日（周六）上班", "")
    with pytest.raises(Refused, match="请与通知核对"):
        enter(group, odd)
    assert enter(group, odd, is_sure=True).year == 2027


@pytest.mark.parametrize(
    ("text", "source", "words"),
    [
        (NEXT.replace("共8天。1月", "共7天。1月"), "x", "春节：写着共7天，数出来是8天"),
        (NEXT, " ", "来源要填写"),
        (NEXT.replace("2027", "1999"), "x", "看不出是哪一年"),
        ("x" * 20_001, "x", "最多20000个字"),
    ],
)
def test_bad_input_is_told_in_one_sentence(group: Group, text: str, source: str, words: str) -> None:
    with acting(group.system_admin), pytest.raises(Refused, match=words):
        enter_notice(text=text, source=source, actor=group.system_admin, at=AT)


def test_only_the_system_administrator_enters_it(group: Group) -> None:
    for one in (group.sales_a, group.compliance, group.security_admin):
        with acting(one), pytest.raises(NotAllowed):
            enter_notice(text=NEXT, source="x", actor=one, at=AT)
    assert sign_in(Client(), "xiaoshou.a").get("/calendar/enter/").status_code == 403


def test_everybody_looks_at_the_calendar(group: Group, client: Client) -> None:
    sign_in(client, "xiaoshou.a")
    page = client.get("/calendar/?year=2026").content.decode()
    unknown = client.get("/calendar/?year=2027").content.decode()

    assert "全年工作日 <strong" in page and "国庆节" in page and "录入放假安排</a>" not in page
    assert "9月20日（星期日）" in page and '<td class="made-up" title="国庆节调休上班">20<small>班</small>' in page
    assert "标为“暂定”" in unknown
    for odd in ("x", "99999", "", "２０２６"):
        assert client.get(f"/calendar/?year={odd}").status_code == 200
    assert client.get("/calendar/?year=2003").status_code == 404


def test_the_page_shows_what_changes_before_anything_is_entered(group: Group, client: Client) -> None:
    sign_in(client, "xitong")
    wrong = client.post("/calendar/enter/", {"text": NEXT.replace("（周五）至3日", "（周四）至3日"), "source": "x"})
    assert wrong.status_code == 422 and "1月1日是周五，文中写着周四" in wrong.content.decode()
    shown = client.post("/calendar/enter/", {"text": NEXT, "source": "国办"})
    page = shown.content.decode()
    assert "读到的是2027年的放假安排" in page and "春节放假" in page and not YearNotice.objects.exists()
    seen = page.partition('name="seen" value="')[2].partition('"')[0]
    # Somebody changed the text after looking: shown again first.
    again = client.post("/calendar/enter/", {"text": NEXT + "\n", "source": "国办", "seen": "0" * 64})
    assert "读到的是2027年的放假安排" in again.content.decode() and not YearNotice.objects.exists()
    done = client.post("/calendar/enter/", {"text": NEXT, "source": "国办", "seen": seen}, follow=True)

    assert "已录入2027年的放假安排" in done.content.decode()
    assert "由系小统于" in done.content.decode()


def test_the_command_compares_and_enters(group: Group, tmp_path: Path) -> None:
    file = tmp_path / "通知.txt"
    file.write_bytes(NEXT.encode("gb18030"))
    with acting(group.system_admin):
        secret = create_token(member=group.system_admin, name="x", days=1, at=timezone.now())

    def run(*arguments: str) -> str:
        return CliRunner().invoke(calendar, list(arguments), obj=secret, catch_exceptions=False).stdout

    compared = json.loads(run("import", str(file), "--format", "json"))
    assert compared["year"] == 2027 and not compared["is_entered"] and not YearNotice.objects.exists()
    odd = tmp_path / "少一天.txt"
    odd.write_text(NEXT.replace("。5月8日（周六）上班", ""))
    refused = CliRunner().invoke(calendar, ["import", str(odd), "--yes", "--source", "国办"], obj=secret)
    assert isinstance(refused.exception, Refused) and "请与通知核对" in str(refused.exception)
    assert not YearNotice.objects.exists()
    assert {"date": "2027-02-20", "was": "休息日", "now": "春节调休上班"} in compared["changes"]
    assert "2027-10-09  休息日 → 国庆节调休上班" in run("import", str(file), "--yes", "--source", "国办")
    shown = json.loads(run("show", "--year", "2027", "--format", "json"))
    assert not shown["is_provisional"] and shown["working_days"] == 248
    assert "春节  02-05至02-12放假8天；01-31、02-20上班" in run("show", "--year", "2027")
