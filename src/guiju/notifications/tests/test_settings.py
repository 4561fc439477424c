"""How companies reach the outside, what they say, and what comes back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from guiju.database.scope import scope
from guiju.kernel.errors import Missing, NotAllowed, Refused
from guiju.notifications.cli import notices as commands
from guiju.notifications.models import Attempt, Channel, Notice, SmsText, Sort
from guiju.notifications.registry import NOTICES, NoticeKind, register_notice
from guiju.notifications.services.receiving import receipt_path, take_receipts
from guiju.notifications.services.settings import Approved, end_channel, set_sms_text, set_up_channel
from guiju.notifications.services.settling import settle_uncertain
from guiju.notifications.services.wordings import REVIEWERS, write_wording
from guiju.notifications.tests.factories import (
    CUSTOMER,
    again,
    approve_texts,
    attempts,
    send_all,
    set_channel,
    set_gateway,
    tell,
)
from guiju.notifications.tests.gateway import SECRET, Gateway, gateway
from guiju.organisations.selectors import acting
from guiju.organisations.services import register_company
from guiju.organisations.services.tokens import create_token
from guiju.organisations.tests.factories import AT, Group, details, join, sign_in

pytestmark = pytest.mark.django_db
MAIL = {"host": "mail.example.cn", "port": 465, "security": "tls", "sender": "notice@example.cn"}


@pytest.fixture
def sms(group: Group) -> Iterator[Gateway]:
    with gateway() as found:
        set_gateway(group.company_a, found)
        approve_texts(group.company_a, CUSTOMER.code)
        yield found


def report(group: Group, *receipts: dict[str, Any], word: str = "") -> int:
    with scope(entities={group.company_a.pk}):
        channel = Channel.objects.get(sort=Sort.SMS)
    word = word or receipt_path(channel).rstrip("/").rpartition("/")[2]
    body = json.dumps({"receipts": receipts}).encode()
    return take_receipts(
        entity_id=group.company_a.pk, channel_id=channel.pk, word=word, body=body, at=AT + timedelta(minutes=1)
    ).count


def key_of(notice: Notice) -> str:
    with scope(entities={notice.entity_id}):
        return str(Attempt.objects.filter(notice=notice).latest("number").key)


def test_receipts_come_twice_and_out_of_order_and_what_arrived_stays_arrived(group: Group, sms: Gateway) -> None:
    first, second = tell(group.company_a), tell(group.company_a, phone="13900139000")
    send_all()
    yes = {"id": key_of(first), "status": "DELIVRD"}
    no = {"id": key_of(first), "status": "UNDELIV", "message": "空号"}

    assert report(group, yes, yes) == 2 and report(group, no) == 1
    assert again(first).state == Notice.State.DELIVERED
    assert report(group, {"sid": "sid-2", "status": "UNDELIV"}, {"id": "nonsense", "status": "DELIVRD"}) == 1
    assert again(second).state == Notice.State.WAITING and attempts(second) == [("sms", "undelivered")]
    assert report(group, {"id": key_of(second), "status": "DELIVRD"}) == 1
    assert again(second).state == Notice.State.DELIVERED


def test_a_receipt_before_the_gateway_s_own_answer_counts(group: Group, sms: Gateway) -> None:
    def tells_first(found: Gateway, messages: list[dict[str, Any]]) -> tuple[int, bytes]:
        found.take(messages)
        return 0, b""

    notice = tell(group.company_a)
    sms.fault = tells_first
    send_all_once(group)
    assert report(group, {"id": key_of(notice), "status": "DELIVRD"}) == 1
    send_all(at=AT + timedelta(hours=1))

    assert again(notice).state == Notice.State.DELIVERED and sms.taken.total() == 1


def send_all_once(group: Group) -> None:
    from guiju.notifications.services.sending import Post

    with Post(lambda: AT) as post:
        post.round()
        post.finish()


@pytest.mark.parametrize("body", [b"", b"[1]", b"{", b"[" * 5000, b'"x"'])
def test_nonsense_instead_of_receipts_is_refused(group: Group, sms: Gateway, body: bytes) -> None:
    with scope(entities={group.company_a.pk}):
        path = receipt_path(Channel.objects.get())
    word = path.rstrip("/").rpartition("/")[2]
    with scope(entities={group.company_a.pk}):
        channel = Channel.objects.get().pk
    with pytest.raises(Refused):
        take_receipts(entity_id=group.company_a.pk, channel_id=channel, word=word, body=body, at=AT)


def test_receipts_under_another_address_are_nobody_s(group: Group, sms: Gateway) -> None:
    with pytest.raises(Missing):
        report(group, word="0" * 40)


@pytest.mark.parametrize(
    ("sort", "values", "secret", "field"),
    [
        (Sort.SMTP, MAIL | {"port": 0}, "", "port"),
        (Sort.SMTP, MAIL | {"security": "none"}, "", "security"),
        (Sort.SMTP, MAIL | {"sender": "nobody"}, "", "sender"),
        (Sort.SMTP, {}, "", "host"),
        (Sort.SMS, {"url": "http://sms.example.cn/"}, "x", "url"),
        (Sort.SMS, {"url": "https://sms.example.cn/"}, "", "secret"),
        (Sort.SMS, {"url": "https://sms.example.cn/", "preset": "no"}, "x", "preset"),
        (Sort.SMS, {"url": "https://sms.example.cn/", "shape": {"batch": 101}}, "x", "shape"),
        (Sort.SMS, {"url": "https://sms.example.cn/", "shape": {"batch": "1"}}, "x", "shape"),
        (Sort.SMS, {"url": "https://sms.example.cn/", "shape": {"names": {"text": "t"}}}, "x", "shape"),
        (Sort.SMS, {"url": "https://sms.example.cn/", "shape": {"nein": 1}}, "x", "shape"),
        (Sort.SMS, {"url": "https://sms.example.cn/", "shape": [1]}, "x", "shape"),
        (Sort.WEBHOOK, {"url": "https://x.example.cn/"}, "short", "secret"),
        (Sort.WECOM_APP, {"corp_id": "w", "agent_id": "1"}, "s", "agent_id"),
        (Sort.WECOM_ROBOT, {}, "ftp://x", "secret"),
    ],
)
def test_settings_that_cannot_work_are_refused_by_their_field(
    group: Group, sort: Sort, values: dict[str, Any], secret: str, field: str
) -> None:
    with acting(group.system_admin), pytest.raises(Refused) as refused:
        set_up_channel(
            entity_id=group.company_a.pk, sort=sort, values=values, secret=secret, actor=group.system_admin, at=AT
        )
    assert refused.value.problems[0].field == field


def test_only_the_system_administrator_sets_up_channels_and_a_secret_is_kept(group: Group) -> None:
    with acting(group.compliance), pytest.raises(NotAllowed):
        set_up_channel(
            entity_id=group.headquarters.pk, sort=Sort.SMTP, values=MAIL, secret="", actor=group.compliance, at=AT
        )
    arguments = {"entity_id": group.company_a.pk, "sort": Sort.SMS, "actor": group.system_admin, "at": AT}
    with acting(group.system_admin):
        made = set_up_channel(values={"url": "https://a.example.cn/"}, secret="s3cret", **arguments)  # type: ignore[arg-type]
        assert b"s3cret" not in bytes(made.secret)
        same, moved = {"url": "https://a.example.cn/", "account": ""}, {"url": "https://b.example.cn/"}
        assert set_up_channel(values=same, secret="", **arguments).pk == made.pk  # type: ignore[arg-type]
        with pytest.raises(Refused, match="请重新填写密钥"):
            set_up_channel(values=moved, secret="", **arguments)  # type: ignore[arg-type]
        again = set_up_channel(values=moved, secret="another", **arguments)  # type: ignore[arg-type]
        assert again.pk == made.pk and again.settings == moved
        end_channel(**arguments)  # type: ignore[arg-type]
        with pytest.raises(Missing):
            end_channel(**arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (Approved("nobody", "x", SmsText.State.APPROVED), "kind"),
        (Approved("", " ", SmsText.State.APPROVED), "text"),
        (Approved("", "甲" * 21, SmsText.State.APPROVED), "text"),
        (Approved(CUSTOMER.code, "x", SmsText.State.APPROVED), "code"),
    ],
)
def test_what_no_provider_holds_is_not_registered(group: Group, wanted: Approved, field: str) -> None:
    with acting(group.system_admin), pytest.raises(Refused) as refused:
        set_sms_text(entity_id=group.company_a.pk, wanted=wanted, actor=group.system_admin, at=AT)
    assert refused.value.problems[0].field == field


def test_the_company_s_own_words_go_out_as_a_version(group: Group, sms: Gateway) -> None:
    writer = join(group.company_a, "marketing", "yingxiao", group.system_admin, group.security_admin)
    arguments = {"entity_id": group.company_a.pk, "kind": CUSTOMER.code, "actor": writer, "at": AT}
    with acting(writer):
        made = write_wording(title="进展", text="{name}您好：{number}有新进展", **arguments)  # type: ignore[arg-type]
        assert made.version == 1
        for title, text, words in (
            ("进展", "{姓名}您好", "{姓名}没有值；可以用的有：{name}、{number}"),
            ("", "x", "请填写标题"),
            ("x", "{name", "不成对的花括号"),
            ("x", "长" * 501, "正文最多500个字"),
            ("进展", "{name}您好：{number}有新进展", "不用修改"),
        ):
            with pytest.raises(Refused, match=words):
                write_wording(title=title, text=text, **arguments)  # type: ignore[arg-type]
    tell(group.company_a)
    send_all()
    assert sms.seen[0]["text"].startswith("张三您好：TS-")


def test_words_that_promote_something_are_reviewed_and_a_code_is_shown_on_no_page(group: Group) -> None:
    promotion = register_notice(
        NoticeKind(
            "tests.offer",
            "优惠",
            "优惠",
            "{name}",
            {"name": "张三"},
            route=(Sort.SMS,),
            is_promotion=True,
            purpose="marketing",
        )
    )
    try:
        writer = join(group.company_a, "marketing", "yingxiao", group.system_admin, group.security_admin)
        assert REVIEWERS, "the review is connected"
        with acting(writer), pytest.raises(Refused):
            write_wording(
                entity_id=group.company_a.pk,
                kind=promotion.code,
                title="优惠",
                text="{name}，全国最好的牛奶，国家级品质",
                actor=writer,
                at=AT,
            )
    finally:
        del NOTICES[promotion.code]


def uncertain(group: Group) -> Notice:
    set_channel(group.company_a, Sort.SMTP, "", host="127.0.0.1", port=9, security="none", sender="notice@example.cn")
    notice = tell(group.company_a, phone="", email="zhang@example.com")
    from guiju.notifications.services.ending import settle_cut_off
    from guiju.notifications.services.planning import begin_attempts
    from guiju.notifications.services.sending import Post

    with Post(lambda: AT) as post:
        begin_attempts(entity_id=group.company_a.pk, at=AT, sender_of=post.sender_of)
    settle_cut_off(at=AT)
    assert again(notice).state == Notice.State.UNCERTAIN
    return notice


def test_an_uncertain_notice_is_settled_by_a_person_with_a_reason(group: Group) -> None:
    service = join(group.company_a, "service", "kefu", group.system_admin, group.security_admin)
    first = uncertain(group)
    with acting(service):
        with pytest.raises(Refused, match="依据"):
            settle_uncertain(notice_id=first.pk, has_arrived=True, reason=" ", actor=service, at=AT)
        settle_uncertain(notice_id=first.pk, has_arrived=True, reason="电话确认", actor=service, at=AT)
        with pytest.raises(Refused, match="没有不确定"):
            settle_uncertain(notice_id=first.pk, has_arrived=True, reason="电话确认", actor=service, at=AT)
    assert again(first).state == Notice.State.DELIVERED
    with acting(group.sales_b), pytest.raises(NotAllowed):
        settle_uncertain(notice_id=first.pk, has_arrived=True, reason="电话确认", actor=group.sales_b, at=AT)


def test_one_that_did_not_arrive_goes_out_again(group: Group) -> None:
    service = join(group.company_a, "service", "kefu", group.system_admin, group.security_admin)
    notice = uncertain(group)
    with acting(service):
        settle_uncertain(notice_id=notice.pk, has_arrived=False, reason="对方说没收到", actor=service, at=AT)
    assert again(notice).state == Notice.State.WAITING
    assert attempts(notice) == [("smtp", "failed")]


def test_pages_show_what_was_sent_and_settle_it(group: Group, client: Client) -> None:
    join(group.company_a, "service", "kefu", group.system_admin, group.security_admin)
    notice, failed = uncertain(group), tell(group.company_a, phone="")
    send_all()
    sign_in(client, "kefu")
    page = client.get(f"{reverse('sent_list')}?state=uncertain")
    assert "不确定（1）" in page.text and "张*" in page.text and "zhang@example.com" not in page.text
    detail = client.get(reverse("sent_detail", args=[notice.pk]))
    assert "发送时中断" in detail.text and "发送记录" in detail.text
    done = client.post(
        reverse("settle_uncertain", args=[notice.pk]), {"decision": "arrived", "reason": "已电话确认"}, follow=True
    )
    assert "已认定为送达" in done.text
    assert "重新发送" in client.get(reverse("sent_detail", args=[failed.pk])).text
    again_ = client.post(reverse("retry_notice", args=[failed.pk]), follow=True)
    assert "将重新发送" in again_.text


def test_pages_set_up_channels_and_texts(group: Group, client: Client) -> None:
    sign_in(client, "xitong")
    address = reverse("set_up_channel", args=[group.company_a.pk, "sms"])
    form = {"preset": "plain", "url": "https://sms.example.cn/", "account": "", "secret": SECRET, "shape": "{"}
    bad = client.post(address, form)
    assert bad.status_code == 422 and "不是合格的 JSON" in bad.text and SECRET not in bad.text
    assert "短信已设置" in client.post(address, form | {"shape": ""}, follow=True).text
    texts = reverse("set_sms_text", args=[group.company_a.pk])
    made = client.post(texts, {"kind": "", "text": "【甲食品】", "state": "approved", "balance": "1200"}, follow=True)
    assert (
        "已登记" in made.text
        and "甲食品" in made.text
        and "余额 1200 条" in made.text
        and "/notices/receipts/" in made.text
    )
    assert "甲食品（已通过）" in client.get(reverse("channel_list")).text
    assert client.get(reverse("set_up_channel", args=[group.company_a.pk, "pigeon"])).status_code == 404
    ended = client.post(reverse("end_channel", args=[group.company_b.pk, "pigeon"]), follow=True)
    assert ended.status_code == 404
    ended = client.post(reverse("end_channel", args=[group.company_a.pk, "sms"]), follow=True)
    assert "已停用短信" in ended.text


def test_the_list_of_channels_asks_the_database_no_more_for_more_companies(
    group: Group, client: Client, django_assert_max_num_queries: Any
) -> None:
    sign_in(client, "xitong")
    client.get(reverse("channel_list"))
    with CaptureQueriesContext(connection) as few:
        client.get(reverse("channel_list"))
    with acting(group.system_admin):
        for _ in range(5):
            register_company(details=details(parent_id=group.headquarters.pk), actor=group.system_admin, at=AT)
    with django_assert_max_num_queries(len(few)):
        client.get(reverse("channel_list"))


def test_a_refusal_looks_like_one(group: Group, client: Client) -> None:
    notice = tell(group.company_a)
    join(group.company_a, "service", "kefu", group.system_admin, group.security_admin)
    sign_in(client, "kefu")
    page = client.post(reverse("retry_notice", args=[notice.pk]), follow=True)
    assert 'class="alert alert-danger' in page.text


def test_pages_change_the_words(group: Group, client: Client) -> None:
    join(group.company_a, "marketing", "yingxiao", group.system_admin, group.security_admin)
    sign_in(client, "yingxiao")
    assert "给客户的通知" in client.get(reverse("wording_list")).text
    address = reverse("write_wording", args=[CUSTOMER.code])
    bad = client.post(address, {"title": "x", "text": "{谁}"})
    assert bad.status_code == 422 and "{谁}没有值" in bad.text
    assert "第1版" in client.post(address, {"title": "x", "text": "{name}"}, follow=True).text
    assert client.get(reverse("write_wording", args=["nobody"])).status_code == 404


def test_the_commands_list_and_retry(group: Group) -> None:
    service = join(group.company_a, "service", "kefu", group.system_admin, group.security_admin)
    notice = uncertain(group)
    with acting(service):
        secret = create_token(member=service, name="x", days=1, at=timezone.now())
    run = CliRunner()
    listed = run.invoke(commands, ["uncertain", "--format", "json"], obj=secret)
    assert json.loads(listed.output)[0]["id"] == str(notice.pk)
    refused = run.invoke(commands, ["retry", str(notice.pk)], obj=secret)
    assert isinstance(refused.exception, Refused)
    done = run.invoke(commands, ["retry", str(notice.pk), "--reason", "没收到", "--format", "json"], obj=secret)
    assert json.loads(done.stdout)["state"] == "waiting" and again(notice).state == Notice.State.WAITING
    assert isinstance(run.invoke(commands, ["retry", "x"], obj=secret).exception, Missing)
    assert "共1条" in run.invoke(commands, ["list"], obj=secret).output
