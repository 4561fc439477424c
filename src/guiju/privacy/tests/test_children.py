"""A company that handles children's information tells the rules for it (专门的个人信息处理规则, 个人信息保护法 第三十一条)."""

from __future__ import annotations

import pytest
from django.test import Client

from guiju.kernel.errors import Refused
from guiju.notifications.tests.factories import open_sms
from guiju.organisations.models import Entity
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, sign_in
from guiju.privacy.models import Subject
from guiju.privacy.services.notices import publish_notice
from guiju.privacy.tests.factories import data_officer, publish

WRITTEN = {"children": "王主任", "stored_in": "本校机房"}


def teach(group: Group) -> None:
    with acting(group.system_admin):
        Entity.objects.filter(pk=group.company_a.pk).update(sector="education")


def text_of(group: Group, **written: str) -> str:
    officer = data_officer(group)
    with acting(officer):
        made = publish_notice(
            entity_id=group.company_a.pk, contact="400-000-0000", actor=officer, at=AT, **{**WRITTEN, **written}
        )
        return made.text


def test_the_rules_come_from_the_catalogue(group: Group) -> None:
    teach(group)
    text = text_of(group)
    assert "/ 随时撤回" not in text and "在征求同意的链接里随时撤回" in text
    open_sms(group.company_a)
    text = text_of(group)
    for told in (
        "不满十四周岁的儿童的个人信息处理规则",
        "手机：用于销售跟进、客户服务、订单履行、投诉处理；保存期限：关系结束后3年",
        "不征求对营销的同意",
        "跟进内容：用于销售跟进",
        "附件的内容：用于销售跟进",
        "存储的地点：本校机房",
        "年龄不明的学员按儿童对待",
        "不同意姓名的，我们无法登记",
        f"/my-consents/{group.company_a.unified_code}/ 随时撤回",
        "儿童个人信息保护由王主任负责",
    ):
        assert told in text, told
    # What isn't in use is not told of.
    assert "身份证号：" not in text


@pytest.mark.parametrize("missing", ["children", "stored_in"])
def test_what_only_the_company_knows_has_to_be_written(group: Group, missing: str) -> None:
    teach(group)
    with pytest.raises(Refused) as refusal:
        text_of(group, **{missing: " "})
    assert [one.field for one in refusal.value.problems] == [missing]


def test_who_handles_no_minors_says_so_in_one_sentence_until_somebody_is_one(group: Group) -> None:
    assert "处理规则" not in publish(group).text
    with acting(group.sales_a):
        Subject(entity_id=group.company_a.pk, minor_until="2099-01-31", made_at=AT).save()
    text = text_of(group)
    assert "儿童的个人信息处理规则" in text and "年龄不明" not in text


def test_the_page_asks_for_what_is_missing(group: Group, client: Client) -> None:
    teach(group)
    sign_in(client, data_officer(group).user.username)
    address = f"/catalogue/notices/{group.company_a.pk}/publish/"
    page = client.post(address, {"contact": "400-000-0000"})
    assert page.status_code == 422 and "请填写儿童个人信息存储的地点" in page.content.decode()
    assert "存储的地点：本校机房" in client.post(address, {"contact": "400-000-0000", **WRITTEN}).content.decode()
