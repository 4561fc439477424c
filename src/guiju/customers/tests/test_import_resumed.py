"""The command line goes on with a file that was broken off, remembers mappings, and writes what went back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner
from django.test import Client
from django.utils import timezone

from guiju.customers import loading
from guiju.customers.cli import importing
from guiju.customers.models import Customer, CustomerImport
from guiju.customers.services import customer_import
from guiju.customers.services.customer_import import accept_customer_import, open_customer_import
from guiju.kernel.errors import GuijuError
from guiju.organisations.selectors import acting
from guiju.organisations.services.tokens import create_token
from guiju.organisations.tests.factories import Group, join, sign_in
from guiju.privacy.tests.factories import publish

ROWS = "姓名,微信\n" + "".join(f"客户{number},wx{number}\n" for number in range(7))


class Killed(BaseException):
    """What ends a process ends it wherever it is."""


@pytest.fixture
def secret(group: Group) -> str:
    publish(group)
    with acting(group.sales_a):
        return create_token(member=group.sales_a, name="x", days=1, at=timezone.now())


def command(group: Group, secret: str, file: Path, *more: str) -> tuple[int, dict[str, Any]]:
    asked = ["customers", str(file), f"--entity={group.company_a.unified_code}", "--format=json", *more]
    result = CliRunner().invoke(importing, asked, obj=secret)
    if isinstance(result.exception, GuijuError):
        return 2, {"sentence": result.exception.sentence}
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, json.loads(result.stdout)


def kill_after(monkeypatch: pytest.MonkeyPatch, batches: int) -> None:
    taken = []
    take = customer_import.import_batch

    def take_some(**named: Any) -> CustomerImport:
        if len(taken) == batches:
            raise Killed
        taken.append(1)
        return take(**named)

    monkeypatch.setattr(loading.services, "import_batch", take_some)


@pytest.fixture
def broken_off(group: Group, secret: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "会员.csv"
    file.write_text(ROWS, "utf-8")
    monkeypatch.setattr(customer_import, "BATCH", 2)
    with monkeypatch.context() as patch, pytest.raises(Killed):
        kill_after(patch, 2)
        command(group, secret, file)
    with acting(group.sales_a):
        assert (Customer.objects.count(), CustomerImport.objects.get().state) == (4, "running")
    return file


def test_a_run_that_was_killed_goes_on_behind_the_last_batch_and_doubles_nobody(
    group: Group, secret: str, broken_off: Path
) -> None:
    ending, told = command(group, secret, broken_off)
    assert (ending, told["taken"], told["rows"], told["outcome"]) == (0, 7, 7, "导入7位客户")
    assert told["notes"][0] == "上次没有导完，从第5行之后接着导"
    with acting(group.sales_a):
        assert sorted(Customer.objects.values_list("name", flat=True)) == [f"客户{number}" for number in range(7)]
        assert CustomerImport.objects.get().state == "done"
    # One that is over begins anew, and says so beforehand.
    assert any("已经导入过" in note for note in command(group, secret, broken_off, "--dry-run")[1]["notes"])


def test_a_run_goes_on_as_it_was_decided_and_by_whoever_decided(
    group: Group, secret: str, broken_off: Path, tmp_path: Path
) -> None:
    mapping = tmp_path / "对应.json"
    mapping.write_text(json.dumps({"columns": {"姓名": "person.name"}}), "utf-8")
    assert "列与字段的对应和这次给的不一样" in command(group, secret, broken_off, f"--mapping={mapping}")[1]["sentence"]
    other = join(group.company_a, "sales", "xiaoshou.c", group.system_admin, group.security_admin)
    with acting(other):
        theirs = create_token(member=other, name="x", days=1, at=timezone.now())
    assert "另一位成员" in command(group, theirs, broken_off)[1]["sentence"]
    with acting(group.sales_a):
        assert Customer.objects.count() == 4


def test_one_that_the_page_runs_is_left_to_it(group: Group, secret: str, tmp_path: Path) -> None:
    file = tmp_path / "会员.csv"
    file.write_text(ROWS, "utf-8")
    seller, now = group.sales_a, timezone.now()
    with acting(seller):
        found = open_customer_import(name="会员.csv", content=ROWS.encode(), kind="person", actor=seller, at=now)
        accept_customer_import(
            import_id=found.pk, mapping=found.mapping, source="登记表", consents=(), actor=seller, at=now
        )
    assert "正在从页面导入" in command(group, secret, file)[1]["sentence"]


def test_the_mapping_of_before_counts_and_the_source_is_checked(group: Group, secret: str, tmp_path: Path) -> None:
    file, mapping = tmp_path / "会员.csv", tmp_path / "对应.json"
    file.write_text("代号,暗号\n甲,x\n", "utf-8")
    mapping.write_text(json.dumps({"columns": {"代号": "person.name", "暗号": "person.company"}}), "utf-8")
    assert command(group, secret, file, f"--mapping={mapping}")[0] == 0
    file.write_text("代号,暗号\n乙,y\n", "utf-8")
    assert "来源里有身份证件" in command(group, secret, file, "--consent-source=110101199003077571")[1]["sentence"]
    ending, told = command(group, secret, file)
    assert (ending, told["mapping"]) == (0, {"代号": "person.name", "暗号": "person.company"})


def test_what_went_back_is_written_as_a_workbook_and_the_page_has_its_reasons(
    group: Group, secret: str, tmp_path: Path, client: Client
) -> None:
    file, errors = tmp_path / "会员.csv", tmp_path / "退回.xlsx"
    file.write_text("姓名,手机\n甲,13800138000\n乙,138\n,13800138002\n", "utf-8")
    assert "以 .xlsx 结尾" in command(group, secret, file, "--errors=退回.csv")[1]["sentence"]
    ending, told = command(group, secret, file, f"--errors={errors}")
    assert (ending, told["rows_with_problems"]) == (1, 2)
    lines = [[cell.value for cell in row] for row in openpyxl.load_workbook(errors).active]
    assert lines[0] == ["行号", "姓名", "手机", "结果", "问题", "条文"]
    assert [line[:4] for line in lines[1:]] == [
        [3, "乙", "138", "已导入，缺这几项"],
        [4, "", "13800138002", "没有导入"],
    ]
    assert errors.stat().st_mode & 0o077 == 0
    sign_in(client, group.sales_a.user.username)
    address = f"/customers/import/{told['import_id']}/"
    assert "--errors" in client.get(address).content.decode()
    answer = client.get(f"{address}errors.xlsx")
    assert answer.status_code == 200
    book = tmp_path / "下载.xlsx"
    book.write_bytes(b"".join(answer.streaming_content) if answer.streaming else answer.content)
    lines = [[cell.value for cell in row] for row in openpyxl.load_workbook(book).active]
    assert [line[:2] for line in lines] == [["行号", "结果"], [3, "已导入，缺这几项"], [4, "没有导入"]]
    # It is written once more, without anything being taken in.
    command(group, secret, file, f"--errors={errors}", "--dry-run")
    assert "写不进" in command(group, secret, file, f"--errors={tmp_path}/没有/x.xlsx", "--dry-run")[1]["sentence"]
