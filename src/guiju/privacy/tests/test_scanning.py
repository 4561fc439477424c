"""What is said of somebody's health, belief or children is pointed out; what offices write every day is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guiju.organisations.registry import Treatment
from guiju.privacy.scanning import clause_of, masked_in, masked_text, spots_in


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("客户对花生过敏，配餐注意", "health"),
        ("太太怀孕了，改约下个月", "health"),
        ("老人有糖尿病，不要甜的", "health"),
        ("上个月刚住院，先不要打电话", "health"),
        ("母亲确诊肺癌", "health"),
        ("客户本人残疾，需要坡道", "health"),
        ("他去年做了手术", "health"),
        ("女儿8岁，想学舞蹈", "minor"),
        ("孩子今年5周岁", "minor"),
        ("儿子三年级，下午四点放学", "minor"),
        ("小孩在上幼儿园", "minor"),
        ("监护人代未成年女儿报名", "minor"),
        ("客户信佛，不吃荤", "religion"),
        ("全家是基督教徒", "religion"),
        ("留了人脸照片", "face_or_biometric"),
        ("看到他的行踪轨迹", "location"),
    ],
)
def test_what_is_said_of_a_person_is_pointed_out(text: str, category: str) -> None:
    assert category in {spot.category for spot in spots_in(text)}


_OFFICE = (
    "本周三上午{}箱货送到仓库，请安排两人卸车",
    "合同第{}条的违约责任请法务再看一遍",
    "肿瘤医院采购科要{}套桌椅的报价",
    "抗过敏药的订单延期{}天发货",
    "孕妇装和哺乳期内衣各{}件，随单开票",
    "糖尿病食品专柜的样品寄了{}份",
    "住院部大楼的保洁续签{}年",
    "病历本印刷{}本，月底前交",
    "残疾人就业保障金已按{}人申报",
    "小学教材订了{}套，开学前到货",
    "今年小学和初中的校服共{}套",
    "学生证卡套{}个，含税报价",
    "幼儿园食堂的验收改到{}日",
    "人脸识别门禁坏了{}台，约了售后",
    "指纹锁第{}批到货",
    "车辆定位设备续费{}元",
    "清真食品（穆斯林餐）备货{}份",
    "佛山的客户要{}吨，走物流",
    "信阳毛尖{}斤，礼盒装",
    "诊断报告模板改了{}处",
    "高血压药柜灯箱尺寸{}厘米",
    "防癌险的宣传单印{}张",
    "做手术室净化工程的投标，标书{}页",
    "客户的健康档案柜要{}个",
    "孩子王门店要{}箱湿巾",
    "宝宝霜补货{}箱，3至6岁适用的童装另下单",
    "适合4-12岁的积木{}套",
)


@given(st.sampled_from(_OFFICE), st.integers(1, 99))
def test_what_offices_write_every_day_is_not_flagged(sentence: str, number: int) -> None:
    text = sentence.format(number)
    assert [spot for spot in spots_in(text) if spot.is_word] == []


def test_the_clause_that_tells_it_shows_to_those_only_who_may_see_it() -> None:
    text = "约周五到店，对花生过敏，女儿8岁。改打 13900139000"

    def seen(category: str) -> Treatment:
        return Treatment.CLEAR if category == "phone" else Treatment.MASKED

    assert masked_text(text, seen) == "约周五到店，***，***。改打 13900139000"
    assert masked_text(text, lambda category: Treatment.CLEAR) == text
    assert masked_text(text, lambda category: Treatment.HIDDEN) == "约周五到店，不显示，不显示。改打 不显示"
    assert masked_in(text, seen) == {"health", "minor"}


def test_a_clause_shows_as_little_as_the_strictest_of_its_kinds() -> None:
    text = "女儿8岁对花生过敏"
    for hidden in ("health", "minor"):
        shown = masked_text(text, lambda one, hidden=hidden: Treatment.HIDDEN if one == hidden else Treatment.MASKED)  # type: ignore[misc]
        assert shown == "不显示"
        assert (
            masked_text(text, lambda one, hidden=hidden: Treatment.MASKED if one == hidden else Treatment.CLEAR)
            == "***"
        )  # type: ignore[misc]


@given(st.text(st.sampled_from("，。\n孩子5岁过敏13900139000 a")))
def test_no_clause_with_such_words_is_left_in_a_masked_text(text: str) -> None:
    shown = masked_text(text, lambda category: Treatment.MASKED)
    for spot in spots_in(text):
        if spot.is_word:
            clause = text[clause_of(text, spot)]
            assert clause not in shown or text.count(clause) > 1
