"""POST /api/v1/checks/{ads,clauses,fields}: the same engine as the command line."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from guiju.organisations.selectors import acting
from guiju.organisations.services.tokens import create_token
from guiju.organisations.tests.factories import AT, Group


@pytest.fixture
def ask(group: Group, client: Client, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)
    with acting(group.sales_a):
        token = create_token(member=group.sales_a, name="测试", days=1, at=AT)

    def post(what: str, **given: Any) -> Any:
        return client.post(
            f"/api/v1/checks/{what}",
            given,
            content_type="application/json",
            headers={"Authorization": f"Bearer {token}"},
        )

    return post


def test_an_ad(ask: Any) -> None:
    body = ask("ads", id="甲", text="顶级配方", sector="食品").json()
    assert (body["id"], body["decision"], body["findings"][0]["excerpt"]) == ("甲", "block", "顶级")
    assert "ads.missing_opt_out" in body["facts_missing"]


def test_a_clause_and_a_whole_contract(ask: Any) -> None:
    body = ask("clauses", text="最终解释权归公司所有").json()
    assert (body["decision"], body["findings"][0]["category"]) == ("block", "final_interpretation")
    whole = ask("clauses", text="会员费三千元", type="预付卡").json()
    assert {"missing_part"} == {finding["category"] for finding in whole["findings"]}
    assert ask("clauses", text="会员费三千元", type="预付卡", whole=False).json()["findings"] == []


def test_a_column(ask: Any) -> None:
    body = ask("fields", column="sfzh").json()
    assert (body["category"], body["personal"], body["sensitive"]) == ("id_card", True, True)
    assert ask("fields", column="x1", values=["13812345678"] * 3).json()["category"] == "phone"
    assert ask("fields", column="dept_name", comment="部门名称").json()["category"] == "none"


@pytest.mark.parametrize(
    ("what", "given", "field"),
    [
        ("ads", {"text": "x", "sector": "军火"}, "sector"),
        ("ads", {"text": "x", "channel": "pigeon"}, "channel"),
        ("clauses", {"text": "x", "type": "婚姻"}, "type"),
    ],
)
def test_what_is_not_known_is_told_by_field(ask: Any, what: str, given: dict[str, str], field: str) -> None:
    answer = ask(what, **given)
    assert answer.status_code == 422 and field in answer.content.decode()
