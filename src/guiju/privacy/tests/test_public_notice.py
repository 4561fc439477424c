"""The notice of a company is open to everybody, with the earlier ones, on screen and as a PDF (公开的隐私告知)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from guiju.customers.tests.test_asking import ask, li  # noqa: F401  (a person who is asked by a link)
from guiju.notifications.tests.factories import open_sms
from guiju.organisations.tests.factories import AT, Group, sign_in
from guiju.privacy.tests.factories import publish


def test_everybody_reads_the_notice_in_force_and_the_earlier_ones(group: Group, client: Client, settings) -> None:
    first = publish(group)
    open_sms(group.company_a)
    publish(group, at=AT + timedelta(days=1))
    settings.ROOT_URLCONF = "guiju.project.public_urls"
    address = f"/notice/{group.company_a.unified_code}/"
    page = client.get(address).content.decode()
    assert "隐私告知（第2版" in page and f"{address}1/" in page and "/my-consents/" in page
    old = client.get(f"{address}1/").content.decode()
    assert "已经失效" in old and first.digest in old
    made = client.get(f"{address}2/notice.pdf")
    assert made["Content-Type"] == "application/pdf" and made.content.startswith(b"%PDF")


@pytest.mark.parametrize("which", ["no_such_version", "no_such_company", "nothing_published"])
def test_what_is_not_there_is_told_in_a_sentence(group: Group, client: Client, settings, which: str) -> None:
    publish(group)
    settings.ROOT_URLCONF = "guiju.project.public_urls"
    address = {
        "no_such_version": f"/notice/{group.company_a.unified_code}/9/",
        "no_such_company": "/notice/NOSUCHCOMPANY/",
        "nothing_published": f"/notice/{group.company_b.unified_code}/",
    }[which]
    answer = client.get(address)
    assert answer.status_code == 404 and "没有" in answer.content.decode()


def test_what_the_law_wants_told_stands_in_it(group: Group) -> None:
    """个人信息保护法 第十七条, 第二十二条至第二十四条, 第三十条, 第三十九条, 第四十四条至第五十条."""
    writing = f"/my-consents/{group.company_a.unified_code}/ 给我们留言"
    assert publish(group).text.count(writing) == 2
    open_sms(group.company_a)
    text = publish(group).text
    for words in (
        "甲食品有限公司。联系方式：400-000-0000",
        "处理方式",
        "保存期限",
        "查阅、复制",
        "解释说明",
        "近亲属",
        "撤回同意",
        "人民法院",
        "不对您作自动化决策",
        "不向境外提供",
        "因合并、分立",
        f"/notice/{group.company_a.unified_code}/",
        f"/my-consents/{group.company_a.unified_code}/",
    ):
        assert words in text, words
    assert writing not in text


def test_the_pages_of_consents_lead_to_it(group: Group, client: Client, settings, li) -> None:  # noqa: F811
    secret = ask(group, li)
    address = f"/notice/{group.company_a.unified_code}/"
    sign_in(client, f"shuju.{group.company_a.unified_code[-6:].lower()}")
    assert address in client.get("/catalogue/notices/").content.decode()
    settings.ROOT_URLCONF = "guiju.project.public_urls"
    for page in (f"/consent/{secret}/", f"/my-consents/{group.company_a.unified_code}/"):
        assert f'href="{address}"' in Client().get(page).content.decode()


def test_where_no_code_can_be_sent_the_notice_leads_to_the_page_for_messages(
    group: Group, client: Client, settings
) -> None:
    publish(group)
    settings.ROOT_URLCONF = "guiju.project.public_urls"
    page, own = f"/notice/{group.company_a.unified_code}/", f"/my-consents/{group.company_a.unified_code}/"
    shown = client.get(page).content.decode()
    assert f'{own}">给我们留言</a>' in shown and "查看和撤回我的同意" not in shown
    assert "在这里留言" in client.get(own).content.decode()
    open_sms(group.company_a)
    assert f'{own}">查看和撤回我的同意</a>' in client.get(page).content.decode()
