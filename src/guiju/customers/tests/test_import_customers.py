"""Customers from the tables that offices keep (客户导入): what may come in does, the rest goes back with its article."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner
from django.test import Client
from django.utils import timezone

from guiju.customers.cli import importing
from guiju.customers.exports import error_workbook
from guiju.customers.mapping import propose
from guiju.customers.models import Contact, Customer, CustomerImport, ImportProblems
from guiju.customers.services.customer_import import (
    accept_customer_import,
    batches_of,
    content_of,
    drop_customer_import,
    fields_for,
    finish_customer_import,
    import_batch,
    open_customer_import,
    opened,
)
from guiju.customers.services.customers import add_customer
from guiju.customers.services.import_files import problems_of
from guiju.customers.services.intake import How
from guiju.customers.services.rows import FileConsent
from guiju.customers.values import values_of
from guiju.database.scope import scope
from guiju.evidence.selectors import history_of
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Refused
from guiju.organisations.selectors import acting
from guiju.organisations.services.tokens import create_token
from guiju.organisations.tests.factories import AT, Group, join, sign_in
from guiju.privacy.models import Collection, Consent
from guiju.privacy.tests.factories import publish

MEMBERS = """客户姓名,手机号,性别,身份证号,备注
李小明,13800138000,男,110101199003077571,老客户
王芳,138-0013-8001,女,,
,13800138002,,,
赵六,1.38E+10,,,
李小明,13800138000,,,
"""


def load(
    group: Group,
    text: str | bytes,
    *,
    kind: str = "person",
    name: str = "会员.csv",
    consents: Sequence[FileConsent] = (),
    mapping: dict[str, str] | None = None,
) -> CustomerImport:
    content = text.encode() if isinstance(text, str) else text
    with acting(group.sales_a):
        found = open_customer_import(name=name, content=content, kind=kind, actor=group.sales_a, at=AT)
        accept_customer_import(
            import_id=found.pk,
            mapping=found.mapping if mapping is None else mapping,
            source="门店会员登记表",
            consents=consents,
            actor=group.sales_a,
            at=AT,
        )
        found.refresh_from_db()
        with opened(found, content_of(found)) as table:
            for lines in batches_of(table, after=0):
                import_batch(import_id=found.pk, lines=lines, actor=group.sales_a, at=AT)
        return finish_customer_import(import_id=found.pk)


def told_of(found: CustomerImport) -> dict[str, Any]:
    with scope(entities={found.entity_id}):
        return problems_of(found)


def sealed_problems(found: CustomerImport) -> bytes:
    with scope(entities={found.entity_id}):
        return b"".join(bytes(one.problems) for one in ImportProblems.objects.filter(source=found))


def problems(found: CustomerImport) -> dict[str, list[tuple[str, str]]]:
    return {line: [(one["title"], one["code"]) for one in told["cells"]] for line, told in told_of(found).items()}


def test_good_rows_come_in_and_what_lacks_consent_or_sense_goes_back_cell_by_cell(group: Group) -> None:
    publish(group)
    found = load(group, MEMBERS)

    assert problems(found) == {
        "2": [("性别", "privacy.consent_first")],
        "3": [("性别", "privacy.consent_first")],
        "4": [("客户姓名", "name_empty")],
        "5": [("手机号", "phone_scientific")],
        "6": [("手机号", "customer_twice")],
    }
    with acting(group.sales_a):
        rows = {one.name: values_of(one) for one in Customer.objects.all()}
        assert rows == {
            "李小明": {"name": "李小明", "phone": "13800138000"},
            "王芳": {"name": "王芳", "phone": "13800138001"},
            "赵六": {"name": "赵六"},
        }
        assert not Consent.objects.exists()
        [source] = Collection.objects.values_list("source", flat=True)
    assert found.file_digest in source and "门店会员登记表" in source
    assert found.outcome == "导入3位客户，退回2行，共5处退回"


def test_a_sensitive_column_is_held_back_until_its_field_is_in_use(group: Group) -> None:
    publish(group)
    with acting(group.sales_a):
        found = open_customer_import(
            name="会员.csv", content=MEMBERS.encode(), kind="person", actor=group.sales_a, at=AT
        )
        [plan] = [one for one in found.titles if one["title"] == "身份证号"]
        assert plan["target"] == "" and plan["is_sensitive"] and "没有启用" in plan["why"]
        for target in ("person.identity_number", "person.company"):
            with pytest.raises(Refused) as refusal:
                accept_customer_import(
                    import_id=found.pk,
                    mapping=found.mapping | {"身份证号": target},
                    source="x",
                    consents=(),
                    actor=group.sales_a,
                    at=AT,
                )
            assert refusal.value.code == "column_held"


def test_with_a_consent_that_the_file_proves_the_cells_come_in(group: Group) -> None:
    publish(group)
    consent = FileConsent("service", "会员登记表1至5号", AT)
    found = load(group, MEMBERS, consents=[consent])
    assert "2" not in told_of(found)
    with acting(group.sales_a):
        li = Customer.objects.get(name="李小明")
        assert values_of(li)["gender"] == "male"
        [given] = Consent.objects.filter(subject=li.subject)
        assert (given.channel, given.proven_by) == ("import", "会员登记表1至5号")
        assert (given.proof, found.consents) == ("", []) and "登记表".encode() not in bytes(given.sealed + found.sealed)


def test_whether_and_when_is_read_row_by_row_where_the_file_says_it(group: Group) -> None:
    publish(group, at=AT - timedelta(days=30))
    day, early = day_of(AT - timedelta(days=3)), day_of(AT - timedelta(days=300))
    text = f"姓名,性别,是否同意,同意日期\n甲,男,是,{day}\n乙,男,否,{day}\n丙,男,是,{early}\n丁,男,是,2099-01-01\n"
    found = load(group, text, consents=[FileConsent("service", "登记表", AT)])
    assert problems(found) == {
        "3": [("性别", "privacy.consent_first")],
        "4": [("同意日期", "privacy.consent_after_notice"), ("性别", "privacy.consent_first")],
        "5": [("同意日期", "privacy.consent_not_in_future"), ("性别", "privacy.consent_first")],
    }


def test_companies_come_with_their_contact(group: Group) -> None:
    publish(group)
    found = load(group, "客户名称,联系人,电话,行业\n某某制造,王经理,13900139000,机械\n", kind="company")
    assert told_of(found) == {}
    with acting(group.sales_a):
        [contact] = Contact.objects.select_related("customer")
        assert contact.customer.name == "某某制造" and values_of(contact)["phone"] == "13900139000"


def test_a_customer_that_a_colleague_has_goes_back_with_owner_and_day_only(group: Group) -> None:
    publish(group)
    with acting(group.sales_a):
        add_customer(
            kind="person",
            values={"name": "李小明", "phone": "13800138000"},
            how=How(),
            actor=group.sales_a,
            at=AT,
        )
    found = load(group, "姓名,手机\n李大明,13800138000\n")
    [[cell]] = [told["cells"] for told in told_of(found).values()]
    assert cell["sentence"] == "本公司已有这个手机的客户，由xiaoshou.a负责，2026-11-24登记"


def test_a_batch_that_is_run_twice_brings_nothing_twice(group: Group) -> None:
    publish(group)
    with acting(group.sales_a):
        found = open_customer_import(name="x.csv", content=MEMBERS.encode(), kind="person", actor=group.sales_a, at=AT)
        accept_customer_import(
            import_id=found.pk, mapping=found.mapping, source="x", consents=(), actor=group.sales_a, at=AT
        )
        with opened(found, content_of(found)) as table:
            [lines] = batches_of(table, after=0)
        for _ in range(2):
            import_batch(import_id=found.pk, lines=lines, actor=group.sales_a, at=AT)
        assert Customer.objects.count() == 3
        assert len(history_of(Customer.objects.get(name="王芳"))) == 1


def test_a_workbook_with_titles_and_merged_headers_comes_back_with_its_problems(group: Group) -> None:
    publish(group)
    book = openpyxl.Workbook()
    page: Any = book.active
    for row in (
        ["会员名单", None, None],
        ["姓名", "联系方式", None],
        [None, "手机", "邮箱"],
        ["甲", "13800138000", "x"],
    ):
        page.append(row)
    page.merge_cells("A1:C1")
    page.merge_cells("A2:A3")
    page.merge_cells("B2:C2")
    file = io.BytesIO()
    book.save(file)
    found = load(group, file.getvalue(), name="会员.xlsx")
    assert problems(found) == {"4": [("联系方式/邮箱", "email_shape")]}
    with acting(group.sales_a):
        assert values_of(Customer.objects.get()) == {"name": "甲", "phone": "13800138000"}
        sheet = openpyxl.load_workbook(io.BytesIO(error_workbook(found, content_of(found)))).active
    assert [cell.value for cell in sheet[2]][:5] == [4, "甲", "13800138000", "x", "已导入，缺这几项"]


def test_the_same_columns_are_mapped_as_last_time(group: Group) -> None:
    publish(group)
    load(
        group,
        "姓名,手机,附注\n甲,13800138000,x\n",
        mapping={"姓名": "person.name", "手机": "", "附注": "person.company"},
    )
    with acting(group.sales_a):
        again = open_customer_import(
            name="x.csv",
            content="姓名,手机,附注\n乙,13800138001,y\n".encode(),
            kind="person",
            actor=group.sales_a,
            at=AT,
        )
    assert again.mapping == {"姓名": "person.name", "手机": "", "附注": "person.company"}


def test_the_file_lies_sealed_and_goes_when_it_is_let_go_or_nothing_went_back(group: Group) -> None:
    publish(group)
    with acting(group.sales_a):
        found = open_customer_import(name="x.csv", content=MEMBERS.encode(), kind="person", actor=group.sales_a, at=AT)
        assert b"13800138000" not in bytes(found.content)
        drop_customer_import(import_id=found.pk, actor=group.sales_a, at=AT)
        found.refresh_from_db()
        assert bytes(found.content) == b""
    assert bytes(load(group, "姓名\n甲\n").content) == b""
    told = load(group, "姓名,手机\n乙,1.38E+10\n")
    assert problems(told) and b"1.38E+10" not in sealed_problems(told)


def test_a_mapping_without_a_name_or_to_one_field_twice_is_refused(group: Group) -> None:
    publish(group)
    for mapping, code in (
        ({}, "name_unmapped"),
        ({"客户姓名": "person.name", "备注": "person.name"}, "target_twice"),
        ({"客户姓名": "person.nonsense"}, "target_unknown"),
    ):
        with pytest.raises(Refused) as refusal:
            load(group, MEMBERS, mapping=mapping)
        assert refusal.value.code == code


def test_an_import_is_made_on_the_pages(group: Group, client: Client) -> None:
    publish(group)
    sign_in(client, "xiaoshou.a")
    file = io.BytesIO(MEMBERS.encode())
    file.name = "会员.csv"
    page = client.post("/customers/import/", {"kind": "person", "file": file}, follow=True)
    address = page.redirect_chain[-1][0]
    shown = page.content.decode()
    assert "敏感" in shown and "没有启用" in shown
    missing = client.post(address, {"column_0": "person.name"})
    assert missing.status_code == 422 and "请填写信息的来源" in missing.content.decode()
    client.post(address, {"column_0": "person.name", "column_1": "person.phone", "source": "登记表"})
    assert "正在导入" in client.get(address).content.decode()


def test_a_block_pasted_from_excel_is_taken_like_a_file(group: Group, client: Client) -> None:
    publish(group)
    sign_in(client, "xiaoshou.a")
    block = '姓名\t手机\t备注\r\n李小明\t1.38001E+10\t"两行\r\n备注"\r\n王芳\t13900139000\t\r\n'
    page = client.post("/customers/import/", {"kind": "person", "pasted": block}, follow=True)
    address = page.redirect_chain[-1][0]
    assert "粘贴的内容.csv" in page.content.decode()
    client.post(address, {"column_0": "person.name", "column_1": "person.phone", "source": "登记表"})
    with acting(group.sales_a):
        found = CustomerImport.objects.get()
    assert [column["title"] for column in found.titles] == ["姓名", "手机", "备注"]
    assert content_of_upload(group, found).startswith("姓名\t手机".encode())


@pytest.mark.parametrize("sent", [{}, {"pasted": "  \n"}])
def test_an_upload_without_file_and_without_block_is_told(group: Group, client: Client, sent: dict[str, str]) -> None:
    sign_in(client, "xiaoshou.a")
    answer = client.post("/customers/import/", {"kind": "person", **sent})
    assert answer.status_code == 422 and "请选择一个文件，或者粘贴内容" in answer.content.decode()


def content_of_upload(group: Group, found: CustomerImport) -> bytes:
    with acting(group.sales_a):
        return content_of(found)


def test_a_colleague_does_not_open_what_somebody_sent(group: Group, client: Client) -> None:
    found = load(group, MEMBERS)
    join(group.company_a, "sales", "xiaoshou.c", group.system_admin, group.security_admin)
    sign_in(client, "xiaoshou.c")
    assert client.get(f"/customers/import/{found.pk}/").status_code == 404
    assert client.get(f"/customers/import/{found.pk}/errors.xlsx").status_code == 404
    assert client.post(f"/customers/import/{found.pk}/drop/").status_code == 404
    sign_in(client, "xiaoshou.a")
    assert client.get(f"/customers/import/{found.pk}/").status_code == 200


def test_a_consent_to_what_the_notice_does_not_tell_is_not_taken_from_a_file(group: Group) -> None:
    with pytest.raises(Refused) as refusal:
        load(group, MEMBERS, consents=[FileConsent("legal", "纸质同意书", AT)])
    assert [one.code for one in refusal.value.problems] == ["not_told"]


def test_names_of_columns_find_their_fields(group: Group) -> None:
    with acting(group.sales_a):
        fields = fields_for("person", group.company_a.pk)
    plans = propose(
        [(0, "联系方式/手机"), (1, "E-mail"), (2, "会员生日"), (3, "不知道的列"), (4, "家庭住址")],
        {},
        fields,
        on=day_of(AT),
    )
    assert [one.target for one in plans] == ["person.phone", "person.email", "person.birthday", "", "person.address"]


@pytest.fixture
def secret(group: Group) -> str:
    publish(group)
    with acting(group.sales_a):
        return create_token(member=group.sales_a, name="x", days=1, at=timezone.now())


def command(secret: str, *arguments: str) -> tuple[int, dict[str, Any]]:
    result = CliRunner().invoke(importing, ["customers", *arguments, "--format=json"], obj=secret)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, json.loads(result.stdout)


def test_the_command_judges_takes_in_and_says_so_by_its_ending(group: Group, secret: str, tmp_path: Path) -> None:
    file = tmp_path / "会员.csv"
    file.write_text(MEMBERS, "utf-8")
    entity = f"--entity={group.company_a.unified_code}"

    ending, told = command(secret, str(file), entity, "--dry-run")
    assert (ending, told["rows"], told["taken"], told["import_id"]) == (1, 5, 3, None)
    assert [one["title"] for one in told["held_back"]] == ["身份证号"]
    with acting(group.sales_a):
        assert not Customer.objects.exists()
    mapping = tmp_path / "对应.json"
    consents = [{"purpose": "service", "given_at": timezone.now().isoformat()}]
    columns = {"客户姓名": "person.name", "性别": "person.gender"}
    mapping.write_text(json.dumps({"columns": columns, "consents": consents}), "utf-8")
    good = tmp_path / "好.csv"
    good.write_text("客户姓名,性别\n甲,男\n", "utf-8")
    ending, told = command(secret, str(good), entity, f"--mapping={mapping}", "--consent-source=登记表")
    assert (ending, told["taken"], told["problems"]) == (0, 1, {})
    with acting(group.sales_a):
        assert Consent.objects.get().proven_by == "登记表"


def test_the_command_refuses_what_cannot_be_used(group: Group, secret: str, tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text("甲列,乙列\n1,2\n", "utf-8")
    for arguments, code in (
        ([f"--entity={group.company_b.unified_code}"], "entity_other"),
        ([f"--entity={group.company_a.unified_code}"], "name_unmapped"),
    ):
        with pytest.raises(Refused) as refusal:
            command(secret, str(file), *arguments)
        assert refusal.value.code == code
