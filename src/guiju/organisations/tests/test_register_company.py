"""Registering a company, through every way in (公司登记)."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from threading import Thread
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.db import ProgrammingError, connection, transaction
from django.test import Client

from guiju.database.provision import Database
from guiju.database.scope import scope, scope_with
from guiju.evidence.models import Entry, Revision
from guiju.evidence.selectors import history_of
from guiju.kernel.errors import Missing, NotAllowed, Refused
from guiju.organisations.models import Entity
from guiju.organisations.selectors import acting, company_history
from guiju.organisations.services import companies, register_company
from guiju.organisations.services.tokens import create_token
from guiju.organisations.tests.factories import AT, Group, details, make_group, new_code, sign_in


def test_a_company_is_registered_with_its_entry(group: Group) -> None:
    with acting(group.system_admin):
        made = register_company(
            details=details(name="  丙　科技 有限公司 ", parent_id=group.headquarters.pk),
            actor=group.system_admin,
            at=AT,
        )
        with scope_with(made.pk):
            entry = Entry.objects.get(subject_id=made.pk)
            [version] = history_of(made)
    assert made.name == "丙 科技 有限公司"
    assert entry.action == "organisations.register_company"
    assert json.loads(entry.leaf)["grounds"] == [
        "organisations.code_registered_once",
        "organisations.name_of_one_company",
    ]
    assert {change.field: change.new for change in version.changes}["unified_code"] == made.unified_code


def test_an_entry_holds_no_words_of_the_record(group: Group) -> None:
    with acting(group.system_admin):
        made = register_company(
            details=details(name="密闻公司", parent_id=group.headquarters.pk), actor=group.system_admin, at=AT
        )
        with scope_with(made.pk):
            leaf = Entry.objects.get(subject_id=made.pk).leaf
    assert "密闻" not in leaf and made.unified_code not in leaf


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("unified_code", "91330106MA2B0K3Y00", "unified_code_check_digit"),
        ("unified_code", "9133", "unified_code_length"),
        ("region", "110103", "region_abolished"),
        ("region", "330100", "region_too_coarse"),
        ("region", "999999", "region_unknown"),
        ("sector", "weapons", "sector_unknown"),
        ("name", "   ", "name_empty"),
        ("name", "甲" * 201, "name_long"),
        ("name", "甲\x00乙", "name_characters"),
        ("went_live_on", date(1024, 1, 1), "went_live_on_range"),
    ],
)
def test_each_wrong_field_is_refused_by_name(group: Group, field: str, value: Any, code: str) -> None:
    wrong = replace(details(parent_id=group.headquarters.pk), **{field: value})
    with acting(group.system_admin), pytest.raises(Refused) as refusal:
        register_company(details=wrong, actor=group.system_admin, at=AT)
    [problem] = refusal.value.problems
    assert (problem.code, problem.field) == (code, field)


def test_all_wrong_fields_are_told_at_once(group: Group) -> None:
    wrong = details(unified_code="1", region="2", name="", parent_id=group.headquarters.pk)
    with acting(group.system_admin), pytest.raises(Refused) as refusal:
        register_company(details=wrong, actor=group.system_admin, at=AT)
    assert {problem.field for problem in refusal.value.problems} == {"unified_code", "region", "name"}


def test_an_abolished_region_names_its_successor(group: Group) -> None:
    with acting(group.system_admin), pytest.raises(Refused, match=r"110101（东城区）"):
        register_company(
            details=details(region="110103", parent_id=group.headquarters.pk), actor=group.system_admin, at=AT
        )


def test_the_same_code_again_is_refused_as_a_house_rule(group: Group) -> None:
    again = details(unified_code=group.company_a.unified_code, parent_id=group.headquarters.pk)
    with acting(group.system_admin), pytest.raises(Refused) as refusal:
        register_company(details=again, actor=group.system_admin, at=AT)
    [problem] = refusal.value.problems
    assert problem.code == "organisations.code_registered_once"
    assert problem.citation is None and "内部规则，非法定" in problem.sentence


def test_a_name_of_another_company_is_refused(group: Group) -> None:
    again = details(name=group.company_a.name, parent_id=group.headquarters.pk)
    with acting(group.system_admin), pytest.raises(Refused) as refusal:
        register_company(details=again, actor=group.system_admin, at=AT)
    assert refusal.value.code == "organisations.name_of_one_company"


def test_a_code_of_a_company_out_of_sight_is_refused_the_same_way(group: Group) -> None:
    hidden = details(unified_code=group.company_b.unified_code, parent_id=group.company_a.pk)
    with (
        acting(group.system_admin),
        scope(entities={group.company_a.pk, group.headquarters.pk}, trees={group.company_a.pk}),
        pytest.raises(Refused) as refusal,
    ):
        register_company(details=hidden, actor=group.system_admin, at=AT)
    assert refusal.value.code == "organisations.code_registered_once"


def test_who_may_not_register_is_told_who_may(group: Group) -> None:
    with acting(group.sales_a), pytest.raises(NotAllowed, match="系统管理员"):
        register_company(details=details(parent_id=group.company_a.pk), actor=group.sales_a, at=AT)


def test_a_parent_out_of_sight_is_missing(group: Group) -> None:
    for parent in (group.company_b.pk, uuid4()):
        with acting(group.sales_a), pytest.raises(Missing):
            register_company(details=details(parent_id=parent), actor=group.sales_a, at=AT)


def test_a_refusal_leaves_nothing_behind(group: Group) -> None:
    with acting(group.system_admin):
        before = Entity.objects.count()
        with pytest.raises(Refused):
            register_company(
                details=details(region="1", parent_id=group.headquarters.pk), actor=group.system_admin, at=AT
            )
        assert Entity.objects.count() == before


def test_two_at_once_with_one_code_make_one_company(own_database: object) -> None:
    group = make_group()
    code = new_code()
    outcomes: list[str] = []

    def register(name: str) -> None:
        try:
            with acting(group.system_admin):
                register_company(
                    details=details(unified_code=code, name=name, parent_id=group.headquarters.pk),
                    actor=group.system_admin,
                    at=AT,
                )
            outcomes.append("made")
        except Refused as refusal:
            outcomes.append(refusal.code)
        finally:
            connection.close()

    threads = [Thread(target=register, args=(f"同码{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["made"] + ["organisations.code_registered_once"] * 3


@pytest.fixture
def admin_page(group: Group, client: Client) -> Client:
    sign_in(client, "xitong")
    return client


def form_of(group: Group, **changes: str) -> dict[str, str]:
    values = {
        "unified_code": new_code(),
        "name": "表单公司",
        "region": "330106",
        "sector": "retail",
        "went_live_on": "2026-11-01",
        "parent": f"{group.headquarters.unified_code} {group.headquarters.name}",
    }
    return {**values, **changes}


def test_the_form_registers_and_shows_the_company(group: Group, admin_page: Client) -> None:
    answer = admin_page.post("/companies/register/", form_of(group), follow=True)
    page = answer.content.decode()
    assert answer.status_code == 200 and answer.redirect_chain
    assert "已登记表单公司" in page and "修改历史" in page


def test_the_form_keeps_what_was_typed_and_names_the_field(group: Group, admin_page: Client) -> None:
    answer = admin_page.post("/companies/register/", form_of(group, region="110103", name="丁公司"))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="丁公司"' in page and "已撤销" in page and 'id="id_region_error"' in page


def test_the_form_shows_the_article_of_a_refusal(group: Group, admin_page: Client) -> None:
    answer = admin_page.post("/companies/register/", form_of(group, name=group.company_a.name))
    assert "市场主体登记管理条例》第十条" in answer.content.decode() and "文本待核" in answer.content.decode()


@pytest.mark.parametrize(
    ("region", "words"),
    [
        ("西湖", "有不止一个县、区叫“西湖”"),
        ("没有的地方", "没有叫“没有的地方”的县、区"),
        ("33010", "应为6位数字"),
    ],
)
def test_a_region_that_is_not_one_place_is_told(group: Group, admin_page: Client, region: str, words: str) -> None:
    assert words in admin_page.post("/companies/register/", form_of(group, region=region)).content.decode()


@pytest.mark.parametrize("region", ["330106", "330106 浙江省 杭州市 西湖区", "杭州 西湖", " ３３０１０６ "])
def test_a_region_is_known_by_code_or_by_name(group: Group, admin_page: Client, region: str) -> None:
    page = admin_page.post("/companies/register/", form_of(group, region=region), follow=True).content.decode()
    assert "浙江省 杭州市 西湖区" in page


def test_a_parent_that_is_not_in_the_list_is_told(group: Group, admin_page: Client) -> None:
    page = admin_page.post("/companies/register/", form_of(group, parent="没有的公司")).content.decode()
    assert "没有“没有的公司”这家公司" in page


def test_pickers_suggest_what_is_in_sight(group: Group, admin_page: Client, client: Client) -> None:
    regions = admin_page.get("/regions/suggest/?q=余杭").content.decode()
    assert 'data-value="330110 浙江省 杭州市 余杭区"' in regions
    companies = admin_page.get("/companies/suggest/?q=食品").content.decode()
    assert group.company_a.name in companies and group.company_b.name not in companies
    assert "没有符合的" in admin_page.get("/regions/suggest/?q=zz").content.decode()
    sign_in(client, "xiaoshou.b")
    assert group.company_a.name not in client.get("/companies/suggest/?q=食品").content.decode()


def test_the_page_is_refused_to_others(group: Group, client: Client) -> None:
    sign_in(client, "xiaoshou.a")
    answer = client.get("/companies/register/")
    assert answer.status_code == 403 and "系统管理员" in answer.content.decode()


@pytest.fixture
def token(group: Group) -> str:
    with acting(group.system_admin):
        return create_token(member=group.system_admin, name="测试", days=1, at=AT)


@pytest.fixture
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    """The ways in read the clock; here it stands at the day of the test data."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)


@pytest.mark.usefixtures("today")
def test_the_api_registers(group: Group, client: Client, token: str) -> None:
    body = {
        "unified_code": new_code(),
        "name": "接口公司",
        "region": "330106",
        "sector": "food",
        "went_live_on": "2026-11-01",
    }
    answer = client.post(
        "/api/v1/companies", body, content_type="application/json", headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.status_code == 201
    assert answer.json()["parent_id"] == str(group.headquarters.pk)
    history = client.get(
        f"/api/v1/companies/{answer.json()['id']}/history", headers={"Authorization": f"Bearer {token}"}
    )
    assert history.status_code == 200
    [version] = history.json()
    assert {change["field"]: change["new"] for change in version["changes"]}["name"] == "接口公司"


@pytest.mark.usefixtures("today")
def test_the_api_tells_every_problem(group: Group, client: Client, token: str) -> None:
    body = {"unified_code": "1", "name": "", "region": "2", "sector": "x", "went_live_on": "2026-11-01"}
    answer = client.post(
        "/api/v1/companies", body, content_type="application/json", headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.status_code == 422
    assert {problem["field"] for problem in answer.json()["problems"]} == {"unified_code", "name", "region", "sector"}


@pytest.mark.usefixtures("today")
@pytest.mark.parametrize("header", ["", "Bearer ", "Bearer gj_wrong", "Basic x"])
def test_the_api_knows_no_stranger(group: Group, client: Client, header: str) -> None:
    answer = client.get("/api/v1/companies", headers={"Authorization": header})
    assert answer.status_code == 401 and answer.json()["message"]


@pytest.mark.usefixtures("today")
def test_a_session_opens_no_api_and_a_token_no_page(group: Group, admin_page: Client, token: str) -> None:
    assert admin_page.get("/api/v1/companies").status_code == 401
    stranger = Client()
    answer = stranger.get("/companies/", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 302


def test_history_reads_in_words(group: Group) -> None:
    with acting(group.compliance):
        [line] = company_history(group.compliance, group.company_a)
    words = {change.label: change.new for change in line.changes}
    assert line.action == "登记公司" and line.who.startswith("系小统")
    assert words["上级公司"] == "甲乙集团有限公司" and words["行业"] == "食品"


def test_every_change_waits_for_its_place_in_the_log(own_database: Database) -> None:
    """The app may add to the queue and not read it; the sequencer sees exactly the entries."""
    group = make_group()
    with scope(entities={group.company_a.pk}), connection.cursor() as cursor:
        assert Revision.objects.count() == Entry.objects.count() > 0
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            cursor.execute("SELECT count(*) FROM evidence_pending")
    with psycopg.connect(own_database.conninfo("sequencer")) as sequencer:
        waiting = {key for (key,) in sequencer.execute("SELECT entry_id FROM evidence_pending")}
        assert waiting == {key for (key,) in sequencer.execute("SELECT id FROM evidence_entry")} != set()


def test_a_long_import_lets_nobody_wait_for_ever(own_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    group = make_group()
    with psycopg.connect(own_database.conninfo("app")) as other:
        other.execute("SELECT pg_advisory_xact_lock(hashtext('organisations.register_company'))")
        monkeypatch.setattr(companies, "WAIT_SECONDS", 1)
        with acting(group.system_admin), pytest.raises(Refused, match="正在导入公司"):
            register_company(details=details(parent_id=group.headquarters.pk), actor=group.system_admin, at=AT)
    with acting(group.system_admin):
        assert register_company(details=details(parent_id=group.headquarters.pk), actor=group.system_admin, at=AT)


@pytest.mark.usefixtures("today")
@pytest.mark.parametrize("query", ["sector=%00", "province=%00", "search=%00"])
def test_a_null_byte_in_a_filter_finds_nothing_and_breaks_nothing(
    group: Group, admin_page: Client, client: Client, token: str, query: str
) -> None:
    assert admin_page.get(f"/companies/?{query}").status_code == 200
    assert client.get(f"/api/v1/companies?{query}", headers={"Authorization": f"Bearer {token}"}).status_code == 200


def test_every_mistake_of_the_form_is_told_at_once(group: Group, admin_page: Client) -> None:
    wrong = form_of(group, unified_code="1" * 41, name="甲" * 250, went_live_on="昨天", parent="没有", sector="")
    page = admin_page.post("/companies/register/", wrong).content.decode()
    for field in ("unified_code", "name", "went_live_on", "parent", "sector"):
        assert f'id="id_{field}_error"' in page, field
    assert "系统上线日期不是日期" in page and "请选择行业" in page
