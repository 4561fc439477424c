"""The examples of the article that the product answers to, and their mended forms."""

from __future__ import annotations

from datetime import date

import pytest

from guiju.kernel.rules.columns import Column
from guiju.kernel.rules.model import Occasion
from guiju.review.engine import classify_column, review_ad, review_clause

DAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("sector", "channel", "text", "law", "article"),
    [
        ("cosmetics", None, "7天痘痘消失100%", "化妆品监督管理条例", "第四十三条"),
        ("general", None, "7天痘痘消失100%", "广告法", "第十七条"),
        ("medical_beauty", None, "最先进技术", "广告法", "第九条"),
        ("medical_beauty", None, "零风险", "广告法", "第十六条"),
        ("finance", None, "专属理财推荐，点击了解", "广告法", "第二十五条"),
        ("retail", None, "点击领取", "互联网广告管理办法", "第十一条"),
        ("retail", None, "限时优惠", "规范促销行为暂行规定", "第二十条"),
        ("retail", "sms", "周末满减，到店有礼", "互联网广告管理办法", "第九条"),
    ],
)
def test_the_ads_of_the_article_are_flagged_with_their_article(
    sector: str, channel: str | None, text: str, law: str, article: str
) -> None:
    verdict = review_ad(text, on=DAY, occasion=Occasion(sector, channel))
    assert verdict.decision != "pass"
    assert (law, article) in {(finding.law, finding.article) for finding in verdict.findings}


@pytest.mark.parametrize(
    ("sector", "channel", "text"),
    [
        ("cosmetics", None, "洁面后取适量涂于面部，有不适请停用。"),
        ("medical_beauty", None, "医疗美容需在正规机构进行，存在风险，请谨慎选择。"),
        ("finance", None, "专属理财推荐，过往业绩不代表未来表现，投资有风险。"),
        ("retail", "sms", "【广告】【某某超市】11月20日至22日满100减10，退订回T"),
    ],
)
def test_the_mended_ads_pass(sector: str, channel: str | None, text: str) -> None:
    assert review_ad(text, on=DAY, occasion=Occasion(sector, channel)).decision == "pass"


def test_the_clause_of_the_article_is_blocked_and_its_mended_form_passes() -> None:
    verdict = review_clause("本活动最终解释权归公司所有。", on=DAY)
    [finding] = verdict.findings
    assert (verdict.decision, finding.law, finding.article) == ("block", "合同行政监督管理办法", "第八条")
    assert "经营者单方享有解释权或者最终解释权" in finding.quote
    assert review_clause("对本合同有争议的，双方协商，协商不成的依法起诉。", on=DAY).decision == "pass"
    with_history = review_clause("本活动最终解释权归公司所有。", on=date(2020, 1, 1)).findings
    assert [(one.law, one.article) for one in with_history] == [("消费者权益保护法", "第二十六条")]


@pytest.mark.parametrize(
    ("name", "category", "is_sensitive"),
    [
        ("学生人脸图像", "face_or_biometric", True),
        ("家庭住址", "address", False),
        ("父母职业", "minor", True),
        ("课程名称", "none", False),
    ],
)
def test_the_fields_of_the_pupils_are_known(name: str, category: str, is_sensitive: bool) -> None:
    verdict = classify_column(Column(name, table="pupil"), on=DAY)
    assert (verdict.category, verdict.sensitive) == (category, is_sensitive)
