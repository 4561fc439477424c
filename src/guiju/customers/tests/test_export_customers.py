"""Customers go out as a file: what shows, for a purpose and a reason, marked (导出客户)."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from guiju.customers.cli import exporting
from guiju.customers.exports import CustomerTable
from guiju.customers.selectors.reading import reading
from guiju.customers.services.customers import add_customer
from guiju.customers.services.intake import How
from guiju.evidence.selectors import history_of
from guiju.evidence.services import Act
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import NotAllowed, Refused
from guiju.organisations.models import Disclosure, Member
from guiju.organisations.selectors import acting
from guiju.organisations.services.disclosures import take_out
from guiju.organisations.services.tokens import create_token
from guiju.organisations.tests.factories import AT, Group, join, sign_in
from guiju.privacy.models import Refusal
from guiju.privacy.services.refusals import write_refusal
from guiju.privacy.tests.factories import given, publish
from guiju.sheets.read import read_table

MADE = {"name": "=HYPERLINK(1)", "phone": "13800138000", "company": "某某食品店"}


@pytest.fixture
def two(group: Group) -> Group:
    publish(group)
    add(group.sales_a, MADE)
    add(group.sales_a, {"name": "王芳", "phone": "13900139000", "birthday": "1990-03-07"}, "service")
    return group


def add(actor: Member, values: dict[str, str], *purposes: str) -> None:
    consents = tuple(given(purpose) for purpose in purposes)
    with acting(actor):
        add_customer(kind="person", values=values, how=How(consents=consents), actor=actor, at=AT)


def rows_of(content: bytes, name: str = "客户.xlsx") -> list[list[Any]]:
    return [list(line.cells) for line in read_table(name, content)]


def answer(client: Client, address: str = "/customers/export/", **said: str) -> Any:
    return client.post(address, {"purpose": "sales", "reason": "月度回访名单", "ending": "xlsx", **said})


def test_the_list_goes_out_as_it_shows_and_bears_who_took_it_out(client: Client, two: Group) -> None:
    sign_in(client, two.sales_a.user.username)
    page = answer(client)
    mark, header, first, second = rows_of(b"".join(page.streaming_content))

    assert header[:3] == ["客户", "性质", "手机"]
    assert [first[0], first[2]] == ["王芳", "13900139000"]
    assert second[0] == "=HYPERLINK(1)"
    with acting(two.sales_a):
        made = Disclosure.objects.get(sort="export")
        assert (made.count, made.purpose, made.reason) == (2, "sales", "月度回访名单")
        assert history_of(made)
    assert two.sales_a.user.name in mark[0] and "月度回访名单" in mark[0] and str(made.pk) in mark[0]


def test_the_filter_of_the_list_is_kept(client: Client, two: Group) -> None:
    sign_in(client, two.sales_a.user.username)
    assert 'href="/customers/export/?search=' in client.get("/customers/?search=王芳").content.decode()
    page = answer(client, "/customers/export/?search=王芳", ending="csv")
    lines = list(csv.reader(io.StringIO(b"".join(page.streaming_content).decode("utf-8-sig"))))
    assert [line[0] for line in lines] == ["客户", "王芳"]
    assert "月度回访名单" in lines[1][-1]


def test_what_may_not_be_used_for_the_purpose_does_not_go_out(client: Client, two: Group) -> None:
    sign_in(client, two.sales_a.user.username)
    page = answer(client, purpose="marketing", with_all_fields="on")
    _, header, first, _ = rows_of(b"".join(page.streaming_content))
    assert first[header.index("手机")] == "不能使用"
    assert first[header.index("出生日期")] == "不能使用"
    page = answer(client, purpose="service", with_all_fields="on")
    _, header, first, _ = rows_of(b"".join(page.streaming_content))
    assert first[header.index("出生日期")] == "1990-**-**"


def test_masked_stays_masked(client: Client, two: Group) -> None:
    join(two.company_a, "marketing", "yingxiao.a", two.system_admin, two.security_admin)
    sign_in(client, "yingxiao.a")
    page = answer(client)
    _, header, first, _ = rows_of(b"".join(page.streaming_content))
    assert first[header.index("手机")] == "139****9000"


def test_without_the_right_a_reason_or_a_row_nothing_goes_out(client: Client, two: Group) -> None:
    inspector = join(two.company_a, "inspector", "jiancha.a", two.system_admin, two.security_admin)
    sign_in(client, "jiancha.a")
    assert "/customers/export/" not in client.get("/customers/").content.decode()
    assert answer(client).status_code == 403
    client.logout()

    sign_in(client, two.sales_a.user.username)
    page = answer(client, reason="无")
    assert page.status_code == 422 and "请写明为什么要导出，至少4个字" in page.content.decode()
    assert answer(client, purpose="fun").status_code == 422
    page = answer(client, "/customers/export/?search=没有这个人")
    assert page.status_code == 422 and "没有可以导出的内容" in page.content.decode()
    with acting(two.sales_a):
        assert not Disclosure.objects.exists()
        with pytest.raises(Refused):
            take_out(right="customer.export", count=1, purpose="x", reason="月度回访", actor=two.sales_a, at=AT)
    with acting(inspector), pytest.raises(NotAllowed):
        take_out(right="customer.export", count=1, purpose="sales", reason="月度回访", actor=inspector, at=AT)


def test_too_many_for_a_browser_are_sent_to_the_command(
    client: Client, two: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("guiju.organisations.views.exports.MOST_ON_A_PAGE", 1)
    sign_in(client, two.sales_a.user.username)
    assert "一次最多导出1行" in answer(client).content.decode()


def test_refusals_are_asked_once_for_a_thousand_rows(two: Group) -> None:
    with acting(two.sales_a):
        write_refusal(
            ["13900139000"], entity_id=two.company_a.pk, way=Refusal.Way.STAFF, act=Act("x.x", two.sales_a, AT)
        )

    def statements() -> int:
        with acting(two.sales_a), reading(two.sales_a, purpose="marketing", on=day_of(AT)) as seen:
            with CaptureQueriesContext(connection) as seen_queries:
                assert list(CustomerTable(seen, seen.customers()))
            # Keys are looked for anew every so often, by the clock.
            return sum("keys_datakey" not in one["sql"] for one in seen_queries.captured_queries)

    statements()
    few = statements()
    for number in range(6):
        add(two.sales_a, {"name": f"客户{number}", "phone": f"1370013700{number}"}, "marketing")
    # How each of them was collected is asked for once, and then known.
    assert statements() == few + 1
    assert statements() == few


def command(group: Group, *arguments: str) -> Any:
    with acting(group.sales_a):
        secret = create_token(member=group.sales_a, name="x", days=1, at=timezone.now())
    return CliRunner().invoke(
        exporting, ["customers", *arguments, "--purpose=sales", "--reason=月度回访名单"], obj=secret
    )


def test_the_command_writes_a_file_that_only_its_owner_reads(two: Group, tmp_path: Path) -> None:
    file = tmp_path / "客户.csv"
    result = command(two, str(file), "--all-fields")
    assert result.exit_code == 0 and result.stdout.startswith("已导出2位")
    assert file.stat().st_mode & 0o077 == 0
    assert "'=HYPERLINK(1)" in file.read_text("utf-8-sig")
    assert command(two, str(tmp_path / "客户.pdf")).exception.code == "ending_unknown"


def test_what_is_to_go_abroad_does_not_go_out(client: Client, two: Group) -> None:
    """个人信息保护法 第三十九条: nobody was told of a recipient abroad, nor asked."""
    sign_in(client, two.sales_a.user.username)
    page = answer(client, goes_abroad="on")
    assert page.status_code == 422 and "第三十九条" in page.content.decode()
    with acting(two.sales_a):
        assert not Disclosure.objects.exists()
        with pytest.raises(Refused) as refusal:
            take_out(
                right="customer.export",
                count=1,
                purpose="sales",
                reason="月度回访",
                goes_abroad=True,
                actor=two.sales_a,
                at=AT,
            )
    assert refusal.value.code == "privacy.leave_by_separate_consent"
