"""Changing what is written about a company, through every way in (变更登记)."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client

from guiju.database.scope import scope_with
from guiju.evidence.selectors import history_of, version_of
from guiju.kernel.errors import Missing, NotAllowed, Refused
from guiju.organisations.models import Entity
from guiju.organisations.selectors import acting, company_history
from guiju.organisations.services import CompanyChanges, change_company
from guiju.organisations.services.tokens import create_token
from guiju.organisations.tests.factories import AT, Group, sign_in

WHY = "2026年11月变更登记"


def change(group: Group, **changes: Any) -> Entity:
    changes.setdefault("reason", WHY)
    with acting(group.system_admin):
        return change_company(
            company_id=group.company_a.pk, changes=CompanyChanges(**changes), actor=group.system_admin, at=AT
        )


def test_history_shows_old_and_new_who_when_and_why(group: Group) -> None:
    change(group, name="甲新食品有限公司", region="330110", is_on_licence=True)
    with acting(group.compliance):
        newest, first = company_history(group.compliance, group.company_a)
    assert {(one.label, one.old, one.new) for one in newest.changes} == {
        ("公司名称", "甲食品有限公司", "甲新食品有限公司"),
        ("住所地", "浙江省 杭州市 西湖区（330106）", "浙江省 杭州市 余杭区（330110）"),
    }
    assert (newest.action, newest.version.reason, newest.version.at) == ("修改登记信息", WHY, AT)
    assert newest.who.startswith("系小统") and first.action == "登记公司"


def test_the_reason_is_not_written_into_the_entry(group: Group) -> None:
    change(group, sector="retail", reason="张三来电更正")
    with acting(group.compliance), scope_with(group.company_a.pk), connection.cursor() as cursor:
        cursor.execute("SELECT leaf FROM evidence_entry ORDER BY at DESC, id DESC LIMIT 1")
        [leaf] = cursor.fetchone()
        [newest, _] = history_of(group.company_a)
    assert "张三" not in leaf and newest.reason == "张三来电更正"


def test_name_and_domicile_follow_the_licence(group: Group) -> None:
    for changes in ({"name": "甲新食品有限公司"}, {"region": "330110"}):
        with pytest.raises(Refused) as refusal:
            change(group, **changes)
        [problem] = refusal.value.problems
        assert problem.code == "organisations.licence_comes_first"
        assert problem.citation is not None and problem.citation.article == "第二十四条"
        assert "内部规则，非法定" in problem.sentence
    assert change(group, sector="retail").sector == "retail"


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"reason": " ", "sector": "retail"}, "reason_empty", "reason"),
        ({"reason": "因" * 201, "sector": "retail"}, "reason_long", "reason"),
        ({"name": "", "is_on_licence": True}, "name_empty", "name"),
        ({"region": "110103", "is_on_licence": True}, "region_abolished", "region"),
        ({"sector": "weapons"}, "sector_unknown", "sector"),
        ({"sector": "food"}, "nothing_changed", None),
        ({"name": "乙零售有限公司", "is_on_licence": True}, "organisations.name_of_one_company", "name"),
    ],
)
def test_what_is_wrong_is_named(group: Group, changes: dict[str, Any], code: str, field: str | None) -> None:
    with pytest.raises(Refused) as refusal:
        change(group, **changes)
    [problem] = refusal.value.problems
    assert (problem.code, problem.field) == (code, field)


def test_a_region_abolished_since_doesnt_stand_in_the_way(group: Group) -> None:
    with acting(group.system_admin):
        Entity.objects.filter(pk=group.company_a.pk).update(region="330103")
    assert change(group, sector="retail").region == "330103"


def test_two_who_change_the_same_company_overwrite_nothing(group: Group) -> None:
    with acting(group.system_admin):
        with scope_with(group.company_a.pk):
            seen = version_of(group.company_a)
        for sector in ("retail", "education"):
            changes = CompanyChanges(reason=WHY, sector=sector)
            given = {"company_id": group.company_a.pk, "changes": changes, "actor": group.system_admin, "at": AT}
            if sector == "retail":
                change_company(**given, seen=seen)
            else:
                with pytest.raises(Refused, match="刚刚被别人改过"):
                    change_company(**given, seen=seen)
        assert Entity.objects.get(pk=group.company_a.pk).sector == "retail"


def test_only_who_may_change_changes(group: Group) -> None:
    changes = CompanyChanges(reason=WHY, sector="retail")
    with acting(group.compliance), pytest.raises(NotAllowed, match="系统管理员"):
        change_company(company_id=group.company_a.pk, changes=changes, actor=group.compliance, at=AT)
    with acting(group.sales_b), pytest.raises(Missing):
        change_company(company_id=group.company_a.pk, changes=changes, actor=group.sales_b, at=AT)


def test_the_form_changes_and_keeps_what_was_typed(group: Group, client: Client) -> None:
    sign_in(client, "xitong")
    address = f"/companies/{group.company_a.pk}/change/"
    page = client.get(address).content.decode()
    assert 'value="330106 浙江省 杭州市 西湖区"' in page and group.company_a.unified_code in page
    body = {
        "name": "甲新食品有限公司",
        "region": "330110 浙江省 杭州市 余杭区",
        "sector": "food",
        "went_live_on": "2026-01-01",
        "reason": WHY,
        "seen": "1",
    }
    refused = client.post(address, body)
    page = refused.content.decode()
    assert refused.status_code == 422
    assert 'value="甲新食品有限公司"' in page and "登记事项" in page and 'id="id_is_on_licence_error"' in page
    done = client.post(address, body | {"is_on_licence": "on"}, follow=True)
    assert "已修改" in done.content.decode() and "甲新食品有限公司" in done.content.decode()
    stale = client.post(address, body | {"is_on_licence": "on", "sector": "retail"})
    page = stale.content.decode()
    assert "刚刚被别人改过" in page and "甲食品有限公司 → 甲新食品有限公司" in page
    assert 'name="seen" value="2"' in page and '<option value="retail" selected>' in page
    seen = body | {"is_on_licence": "on", "sector": "retail", "seen": "2"}
    assert "已修改" in client.post(address, seen, follow=True).content.decode()


def test_the_api_changes_only_what_is_named(group: Group, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)
    with acting(group.system_admin):
        token = create_token(member=group.system_admin, name="测试", days=1, at=AT)
    answer = client.patch(
        f"/api/v1/companies/{group.company_a.pk}",
        {"reason": WHY, "sector": "retail"},
        content_type="application/json",
        headers={"Authorization": f"Bearer {token}"},
    )
    assert answer.status_code == 200
    assert (answer.json()["sector"], answer.json()["name"]) == ("retail", "甲食品有限公司")


def test_the_market_authority_in_charge_is_kept_and_changed(group: Group, client: Client) -> None:
    sign_in(client, "xitong")
    company = group.company_a
    form = {
        "name": company.name,
        "region": company.region,
        "sector": company.sector,
        "authority": " 杭州市西湖区市场监督管理局 ",
        "went_live_on": f"{company.went_live_on}",
        "reason": "补填登记机关",
        "seen": "1",
    }
    page = client.post(f"/companies/{company.pk}/change/", form, follow=True).content.decode()
    assert "杭州市西湖区市场监督管理局" in page and "补填登记机关" in page
    long = client.post(f"/companies/{company.pk}/change/", form | {"authority": "长" * 61, "seen": "2"})
    assert long.status_code == 422 and "登记机关最多60个字" in long.content.decode()
