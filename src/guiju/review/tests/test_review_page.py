"""The page 审查 and the API of the same name."""

from __future__ import annotations

import pytest
from django.test import Client

from guiju.organisations.selectors import acting
from guiju.organisations.services.tokens import create_token
from guiju.organisations.tests.factories import AT, PASSWORD, Group, make_group
from guiju.review.engine import review_ad
from guiju.review.views import Part, parts_of


@pytest.fixture
def group(db: None) -> Group:
    return make_group()


@pytest.fixture
def sales(group: Group, client: Client) -> Client:
    client.login(username="xiaoshou.a", password=PASSWORD)
    return client


def test_the_company_decides_the_sector_that_is_offered(sales: Client) -> None:
    assert '<option value="food" selected>' in sales.get("/review/").content.decode()


def test_words_are_marked_with_article_and_mend(sales: Client) -> None:
    page = sales.post("/review/", {"text": "口感最佳的山核桃", "sector": "food"}).content.decode()
    assert '<span class="visually-hidden">禁止：</span>最佳<sup>1</sup></mark>' in page
    assert "《广告法》第九条" in page and "删去该用语" in page and "口感最佳的山核桃</textarea>" in page


def test_a_clean_text_is_never_called_lawful(sales: Client) -> None:
    page = sales.post("/review/", {"text": "门店周末照常营业", "sector": "food"}).content.decode()
    assert "未发现已知问题" in page and "合法" not in page and "合规" not in page.split("<main")[1]


def test_text_cannot_write_into_the_page(sales: Client) -> None:
    page = sales.post("/review/", {"text": "<script>alert(1)</script>顶级", "sector": "food"}).content.decode()
    assert "<script>alert" not in page and "&lt;script&gt;" in page


@pytest.mark.parametrize(("text", "words"), [("", "请填写广告文案"), ("长" * 20_001, "一次最多审查20000字")])
def test_what_cannot_be_reviewed_is_told(sales: Client, text: str, words: str) -> None:
    for headers in ({}, {"HX-Request": "true"}):
        assert words in sales.post("/review/", {"text": text, "sector": "food"}, headers=headers).content.decode()


def test_who_may_not_review_is_told(group: Group, client: Client) -> None:
    client.login(username="xitong", password=PASSWORD)
    assert client.get("/review/").status_code == 403


def test_parts_are_the_whole_text_even_where_findings_overlap() -> None:
    text = "全国最佳顶级配方，史无前例"
    parts = parts_of(text, review_ad(text, on=AT.date(), sector="food"))
    assert "".join(part.text for part in parts) == text
    assert parts[0] == Part("全国") and any(part.severity == "block" for part in parts)


def test_the_api_answers_as_the_command_does(group: Group, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)
    with acting(group.sales_a):
        token = create_token(member=group.sales_a, name="测试", days=1, at=AT)
    answer = client.post(
        "/api/v1/checks/ads",
        {"id": "甲", "text": "顶级配方", "sector": "food"},
        content_type="application/json",
        headers={"Authorization": f"Bearer {token}"},
    )
    assert answer.status_code == 200
    body = answer.json()
    assert (body["id"], body["decision"], body["findings"][0]["excerpt"]) == ("甲", "block", "顶级")


def test_the_verdict_says_for_which_sector_it_holds(sales: Client) -> None:
    page = sales.post("/review/", {"text": "年化收益8%保本", "sector": "medical"}).content.decode()
    assert "按“医疗”审查" in page


def test_nothing_is_cut_off_before_it_is_reviewed(sales: Client) -> None:
    assert "maxlength" not in sales.get("/review/").content.decode()


def test_the_rules_that_are_counted_can_be_read(sales: Client) -> None:
    page = sales.get("/review/rules/").content.decode()
    assert "共 13 条" in page and "《广告法》第九条" in page


@pytest.mark.parametrize(
    ("sector", "article"),
    [("medical", "第十六条"), ("health_food", "第十八条"), ("education", "第二十四条"), ("finance", "第二十五条")],
)
def test_an_endorsement_is_told_the_article_of_its_sector(sector: str, article: str) -> None:
    [finding] = [
        one
        for one in review_ad("行业协会专家推荐。", on=AT.date(), sector=sector).findings
        if one.rule == "ads.endorsement"
    ]
    assert finding.article == article
