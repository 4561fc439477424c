"""规则与法规: every rule and every statute can be read, and each leads to the other."""

from __future__ import annotations

import re

from django.test import Client

from guiju.review.shown import find_rules, shown_rules, shown_statutes


def test_the_rules_that_are_counted_can_be_read(sales: Client) -> None:
    page = sales.get("/law/rules/").content.decode()
    assert f"共 {len(shown_rules())} 条" in page
    for one in shown_rules():
        assert sales.get(f"/law/rules/{one.rule.id}/").status_code == 200


def test_rules_are_found_by_chapter_word_and_article() -> None:
    assert {one.chapter for one in find_rules(chapter="fields")} == {"fields"}
    assert "ads.absolute_terms" in {one.rule.id for one in find_rules(search="顶级")}
    assert "ads.absolute_terms" in {one.rule.id for one in find_rules(search="广告法第九条 绝对化")}
    assert find_rules(search="没有这样的词") == []


def test_every_statute_can_be_read_and_shows_which_rules_cite_it(sales: Client) -> None:
    assert f"共 {len(shown_statutes())} 部" in sales.get("/law/statutes/").content.decode()
    for one in shown_statutes():
        assert sales.get(f"/law/statutes/{one.name}/").status_code == 200, one.name
    page = sales.get("/law/statutes/广告法/").content.decode()
    section = re.search(r'id="第九条".*?</section>', page, re.S)
    assert section and "国家级" in section[0] and "/law/rules/ads.absolute_terms/" in section[0]


def test_a_rule_leads_to_its_articles(sales: Client) -> None:
    page = sales.get("/law/rules/ads.absolute_terms/").content.decode()
    assert "#第九条" in page and "违反" in page and "合法" in page


def test_what_is_not_there_is_told(sales: Client) -> None:
    assert sales.get("/law/rules/ads.nothing/").status_code == 404
    assert sales.get("/law/statutes/没有这部法/").status_code == 404
    assert "没有这样的法规" in sales.get("/law/statutes/?search=没有这部法").content.decode()
