"""What goes wrong with one notice, channel or company doesn't reach the others, and nobody is told twice."""

from __future__ import annotations

import json
import socket
import threading
import time
from contextlib import suppress
from datetime import date, timedelta
from typing import Any, Self

import pytest
from django.test import Client
from django.urls import reverse

from guiju.database.scope import scope
from guiju.evidence.services import Act, record
from guiju.net.bounded import Inside
from guiju.notifications.channels import State
from guiju.notifications.channels.base import Outcome, covered
from guiju.notifications.channels.smtp import SmtpServer
from guiju.notifications.channels.webhook import Webhook
from guiju.notifications.models import Attempt, Channel, Notice, SmsText, Sort
from guiju.notifications.services import sending
from guiju.notifications.services.codes import CODE, send_code
from guiju.notifications.services.ending import settle_cut_off
from guiju.notifications.services.planning import MOST_TRIES, begin_attempts
from guiju.notifications.services.receiving import receipt_path, take_receipts
from guiju.notifications.services.sending import Post
from guiju.notifications.services.settling import settle_uncertain
from guiju.notifications.tests.factories import (
    CUSTOMER,
    again,
    approve_texts,
    attempts,
    send_all,
    set_channel,
    set_gateway,
    tell,
    tell_member,
)
from guiju.notifications.tests.gateway import SECRET, Gateway, gateway, hangs, says, takes_and_breaks
from guiju.notifications.tests.test_channels import one, server
from guiju.notifications.tests.test_sending import Mailbox, mailbox, one_round, set_mail, sms
from guiju.notifications.tests.test_settings import uncertain
from guiju.organisations.models import Entity
from guiju.organisations.selectors import acting
from guiju.organisations.services.relations import RelationDetails, agree_relation, confirm_relation
from guiju.organisations.tests.factories import ASSESSED, AT, Group, join, let, sign_in

pytestmark = pytest.mark.django_db
__all__ = ["mailbox", "sms"]
BUSY = says(429, {"code": 429, "message": "太快"})


def test_a_message_of_unknown_end_keeps_its_key_through_a_busy_gateway(group: Group, sms: Gateway) -> None:
    sms.fault = takes_and_breaks
    notice = tell(group.company_a)
    one_round()
    sms.fault = BUSY
    send_all(at=AT + timedelta(minutes=1))
    sms.fault = None
    send_all(at=AT + timedelta(hours=1))

    assert [state for _, state in attempts(notice)] == ["unknown", "failed", "accepted"]
    assert sms.taken.total() == 1


def test_a_report_that_it_arrived_counts_whatever_was_said_after(group: Group, sms: Gateway) -> None:
    sms.fault = takes_and_breaks
    notice = tell(group.company_a)
    one_round()
    sms.fault = BUSY
    send_all(at=AT + timedelta(minutes=1))
    with scope(entities={group.company_a.pk}):
        key, channel = Attempt.objects.filter(notice=notice).latest("number").key, Channel.objects.get()
    body = json.dumps({"id": str(key), "status": "DELIVRD"}).encode()
    word = receipt_path(channel).rstrip("/").rpartition("/")[2]
    take_receipts(entity_id=group.company_a.pk, channel_id=channel.pk, word=word, body=body, at=AT)
    sms.fault = None
    send_all(at=AT + timedelta(days=1))

    assert again(notice).state == Notice.State.DELIVERED and sms.taken.total() == 1


def test_a_report_by_the_gateway_s_number_before_its_answer_is_asked_for_again(
    group: Group, sms: Gateway, settings: Any
) -> None:
    tell(group.company_a)
    with scope(entities={group.company_a.pk}):
        channel = Channel.objects.get()
    with Post(lambda: AT) as post:
        begin_attempts(entity_id=group.company_a.pk, at=AT, sender_of=post.sender_of)
    body = b'{"sid": "sid-1", "status": "DELIVRD"}'
    address = receipt_path(channel)
    settings.ROOT_URLCONF = "guiju.project.public_urls"
    assert Client().post(address, body, content_type="application/json").status_code == 503
    settle_cut_off(at=AT)
    assert Client().post(address, body, content_type="application/json").status_code == 200


def test_what_was_cut_off_over_a_channel_that_was_set_up_anew_is_uncertain(group: Group, sms: Gateway) -> None:
    cut, unknown = tell(group.company_a), tell(group.company_a, phone="13900139000")
    sms.fault = takes_and_breaks
    one_round()
    assert attempts(unknown) == [("sms", "unknown")]
    with Post(lambda: AT) as post:
        begin_attempts(entity_id=group.company_a.pk, at=AT, sender_of=post.sender_of)
    with gateway() as other:
        with scope(entities={group.company_a.pk}):
            Channel.objects.update(settings={"url": other.url}, changed_at=AT + timedelta(minutes=1))
        settle_cut_off(at=AT)
        send_all(at=AT + timedelta(hours=1))
        assert other.taken.total() == 0
    assert again(cut).state == again(unknown).state == Notice.State.UNCERTAIN


def test_a_message_of_unknown_end_is_never_told_again_over_another_channel(
    group: Group, sms: Gateway, mailbox: Mailbox
) -> None:
    set_mail(group, mailbox)
    sms.fault = takes_and_breaks
    notice = tell(group.company_a, email="zhang@example.com")
    for hours in range(MOST_TRIES + 2):
        send_all(at=AT + timedelta(hours=3 * hours))

    assert again(notice).state == Notice.State.UNCERTAIN and mailbox.mails == []
    assert [state for _, state in attempts(notice)] == ["uncertain"] * MOST_TRIES


@pytest.mark.parametrize("sid", ["a\u0000b", "\ud800", "x" * 5000])
def test_odd_words_of_a_gateway_are_written_all_the_same(group: Group, sms: Gateway, sid: str) -> None:
    def odd(found: Gateway, messages: list[dict[str, Any]]) -> tuple[int, bytes]:
        results = [{"id": one["id"], "code": 0, "sid": sid, "message": sid} for one in messages]
        return 200, json.dumps({"code": 0, "results": results}).encode()

    sms.fault = odd
    notice = tell(group.company_a)
    send_all()
    assert again(notice).state == Notice.State.SENT


def test_a_notice_that_was_tried_a_hundred_times_is_tried_once_more(group: Group, sms: Gateway) -> None:
    sms.fault = BUSY
    notice, at = tell(group.company_a), AT
    for _ in range(5):
        for _ in range(MOST_TRIES + 1):
            send_all(at=at)
            at += timedelta(hours=3)
        with scope(entities={group.company_a.pk}):
            Notice.objects.update(state=Notice.State.WAITING, due_at=at, counts_from=at)
    assert len(attempts(notice)) == 5 * MOST_TRIES


def test_trouble_with_one_company_keeps_no_other_from_being_told(
    group: Group, sms: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, fine = tell(group.company_b), tell(group.company_a)
    begin = sending.begin_attempts

    def fails_for_b(*, entity_id: Any, **more: Any) -> Any:
        if entity_id == group.company_b.pk:
            raise ZeroDivisionError
        return begin(entity_id=entity_id, **more)

    monkeypatch.setattr(sending, "begin_attempts", fails_for_b)
    send_all()
    assert again(fine).state == Notice.State.SENT and again(broken).state == Notice.State.WAITING


def test_what_can_t_be_written_of_an_answer_leaves_nothing_begun(
    group: Group, sms: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    end = sending.end_attempts

    def fails_once(batch: Any, outcomes: list[Outcome], *, at: Any) -> None:
        monkeypatch.setattr(sending, "end_attempts", end)
        raise ZeroDivisionError

    monkeypatch.setattr(sending, "end_attempts", fails_once)
    notice = tell(group.company_a)
    one_round()
    assert attempts(notice) == [("sms", "unknown")]
    send_all(at=AT + timedelta(hours=1))
    assert again(notice).state == Notice.State.SENT and sms.taken.total() == 1


@pytest.mark.parametrize("text", ["10.1.2.300", "a:b", "mail example", "10.0.0.0/99"])
def test_a_list_of_inside_places_names_the_entry_that_is_none(text: str) -> None:
    with pytest.raises(ValueError, match=f"^{text}$"):
        Inside.read(f"10.0.0.0/8,{text}")


def test_a_channel_that_does_not_answer_rests_and_others_go_first(
    group: Group, sms: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("guiju.notifications.channels.base.CALL_SECONDS", 0.2)
    with gateway(hangs(0.6)) as dead:
        set_gateway(group.company_b, dead, shape={"batch": 1, "names": {"id": "id", "phone": "phone", "text": "text"}})
        approve_texts(group.company_b, CUSTOMER.code)
        stuck = [tell(group.company_b, phone=f"138{number:08}") for number in range(20)]
        fine = tell(group.company_a, at=AT + timedelta(minutes=1))
        send_all(at=AT + timedelta(minutes=1))
    assert again(fine).state == Notice.State.SENT
    assert sum(len(attempts(one)) for one in stuck) <= 2


def test_what_a_channel_quotes_is_covered(group: Group, mailbox: Mailbox) -> None:
    set_mail(group, mailbox)
    mailbox.refuses = "550 5.1.1 <zhangsan@example.com>: User unknown, call 13800138000"
    notice = tell(group.company_a, phone="", email="zhangsan@example.com")
    send_all()
    with scope(entities={group.company_a.pk}):
        said = Attempt.objects.filter(notice=notice).latest("number").said
    for text in (said, again(notice).trouble):
        assert "550 5.1.1" in text and "zhangsan" not in text and "13800138000" not in text


def test_a_gateway_that_quotes_a_code_shows_it_to_nobody(group: Group, sms: Gateway) -> None:
    def quotes(found: Gateway, messages: list[dict[str, Any]]) -> tuple[int, bytes]:
        [one] = messages
        return 200, json.dumps({"code": 8, "message": f"{one['phone']} {one['text']}"}).encode()

    _approve(group.company_a, CODE.code)
    sms.fault = quotes
    with scope(entities={group.company_a.pk}):
        send_code(entity_id=group.company_a.pk, purpose="x", phone="13800138000", origin="203.0.113.9", at=AT)
    send_all()
    with scope(entities={group.company_a.pk}):
        said = Attempt.objects.get().said
    assert "验证码" in said and not any(one.isdigit() for one in said.partition("验证码")[2].partition("，")[0])
    assert "13800138000" not in said


def _approve(company: Entity, kind: str) -> None:
    with scope(entities={company.pk}):
        made = SmsText(entity=company, kind=kind, code=f"T-{kind}", text="x", state="approved", changed_at=AT)
        made.save(force_insert=True)
        record(Act("notifications.set_sms_text", None, AT), entity_id=company.pk, subject=made)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("寄给 a.b@example.cn 和 c@example.cn", "寄给 a***@example.cn 和 c***@example.cn"),
        ("+86 138-0013-8000 停机", "138****8000 停机"),
        ("没有问题", "没有问题"),
    ],
)
def test_numbers_and_addresses_of_people_are_masked(said: str, shown: str) -> None:
    assert covered(said) == shown
    assert Outcome(State.FAILED, said="a\x00b").said == "a b"


def test_a_code_that_is_over_is_not_sent_any_more(group: Group, sms: Gateway) -> None:
    _approve(group.company_a, CODE.code)
    with scope(entities={group.company_a.pk}):
        send_code(entity_id=group.company_a.pk, purpose="x", phone="13800138000", origin="203.0.113.9", at=AT)
    send_all(at=AT + timedelta(hours=3))
    with scope(entities={group.company_a.pk}):
        notice = Notice.objects.get(kind=CODE.code)
    assert sms.taken.total() == 0 and notice.state == Notice.State.FAILED and "有效期" in notice.trouble


def test_a_member_is_not_woken_by_a_retry_and_one_who_left_is_told_nothing(group: Group, mailbox: Mailbox) -> None:
    set_mail(group, mailbox)
    member = group.sales_a
    with scope(entities={group.company_a.pk}):
        type(member.user).objects.filter(pk=member.user_id).update(email="sales@example.cn")
        member.user.refresh_from_db()
    evening = AT.replace(hour=12, minute=59)  # 20:59 in China
    mailbox.refuses = "451 later"
    notice = tell_member(member, at=evening)
    assert notice.route == ["smtp"]
    send_all(at=evening)
    mailbox.refuses = ""
    send_all(at=evening + timedelta(hours=1))
    assert mailbox.mails == [] and again(notice).due_at == evening.replace(hour=0, minute=0) + timedelta(days=1)
    with scope(entities={group.company_a.pk}, trees={group.headquarters.pk}):
        type(member).objects.filter(pk=member.pk).update(left_at=evening)
    send_all(at=evening + timedelta(days=1))
    assert mailbox.mails == [] and again(notice).state == Notice.State.FAILED


def test_headquarters_settles_what_it_sees_of_a_subsidiary(group: Group) -> None:
    notice = uncertain(group)
    chief = join(group.headquarters, "service", "kefu", group.system_admin, group.security_admin)
    one, other = (
        join(group.headquarters, "legal", name, group.system_admin, group.security_admin) for name in ("fawu", "falv")
    )
    let("service", "notice.settle", "subtree")
    details = RelationDetails(
        group.company_a.pk,
        group.headquarters.pk,
        "entrust",
        ("complaints",),
        "委托协议",
        date(2026, 1, 1),
        date(2027, 1, 1),
        answers=ASSESSED,
    )
    with acting(one):
        made = agree_relation(details=details, actor=one, at=AT)
    with acting(other):
        confirm_relation(relation_id=made.pk, actor=other, at=AT)
    with acting(chief):
        settle_uncertain(notice_id=notice.pk, has_arrived=True, reason="电话确认", actor=chief, at=AT)
    assert again(notice).state == Notice.State.DELIVERED


def test_a_company_s_program_and_group_get_copies_of_what_they_are_told_to(group: Group, sms: Gateway) -> None:
    asked: list[dict[str, Any]] = []

    def takes(path: str, body: bytes) -> tuple[int, Any]:
        asked.append(json.loads(body))
        return 200, {"errcode": 0}

    with server(takes) as found:
        set_channel(group.company_a, Sort.WEBHOOK, SECRET, url=found.url, kinds=[CUSTOMER.code])
        set_channel(group.headquarters, Sort.WECOM_ROBOT, found.url, kinds=[CUSTOMER.code])
        notice = tell(group.company_a, key="one")
        tell(group.company_a, key="one")
        send_all()
    assert again(notice).state == Notice.State.SENT and sms.taken.total() == 1
    [copy] = asked
    assert copy["text"].startswith("张三，您的投诉") and copy["to"] == "", "no other company hears of it"


def test_the_page_names_what_is_copied_and_keeps_the_secret_only_for_its_place(group: Group, client: Client) -> None:
    sign_in(client, "xitong")
    address = reverse("set_up_channel", args=[group.company_a.pk, "webhook"])
    form = {"url": "https://a.example.cn/", "secret": SECRET, "kinds": [CUSTOMER.code]}
    assert "接口推送已设置" in client.post(address, form, follow=True).text
    page = client.get(address).text
    assert "抄送的事项" in page and SECRET not in page
    moved = client.post(address, form | {"url": "https://b.example.cn/", "secret": ""})
    assert moved.status_code == 422 and "请重新填写密钥" in moved.text
    assert "接口推送已设置" in client.post(address, form | {"secret": "", "kinds": []}, follow=True).text


def test_the_shape_of_a_gateway_comes_back_as_it_was_typed(group: Group, client: Client) -> None:
    sign_in(client, "xitong")
    address = reverse("set_up_channel", args=[group.company_a.pk, "sms"])
    form = {"preset": "plain", "url": "https://sms.example.cn/", "secret": SECRET, "shape": '{"batch": 50}'}
    client.post(address, form, follow=True)
    assert "{&quot;batch&quot;: 50}" in client.get(address).text


def test_what_stands_inside_the_house_is_reached_only_where_it_is_listed(settings: Any) -> None:
    with server(lambda path, body: (200, {})) as found:
        settings.GUIJU_INTERNAL_HOSTS = Inside.read("")
        [refused] = Webhook({"url": found.url}, SECRET).send([one()])
        settings.GUIJU_INTERNAL_HOSTS = Inside.read("10.0.0.0/8, 127.0.0.0/8")
        [taken] = Webhook({"url": found.url}, SECRET).send([one()])
    assert refused.state is State.FAILED and "GUIJU_INTERNAL_HOSTS" in refused.said
    assert taken.state is State.ACCEPTED and len(found.asked) == 1


class RawMail:
    """A mail server that says what it is told to, line by line, slowly."""

    def __init__(self, after_data: bytes = b"250 ok", *, seconds_a_byte: float = 0.0, greets: bool = True) -> None:
        self._after_data, self._pause, self._greets = after_data, seconds_a_byte, greets
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                opened, _ = self._listening.accept()
                threading.Thread(target=self._talk, args=[opened], daemon=True).start()

    def _talk(self, opened: socket.socket) -> None:
        with suppress(OSError), opened:
            if not self._greets:
                time.sleep(5)
            self._say(opened, b"220 mail")
            is_data = False
            for line in opened.makefile("rb"):
                if is_data and line != b".\r\n":
                    continue
                is_data, was_data = line.upper().startswith(b"DATA"), is_data
                self._say(opened, self._after_data if was_data else b"354 go on" if is_data else b"250 ok")

    def _say(self, opened: socket.socket, line: bytes) -> None:
        for byte in line + b"\r\n":
            time.sleep(self._pause)
            opened.sendall(bytes([byte]))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        self._listening.close()


def mailed(server: RawMail) -> Outcome:
    settings = {"host": "127.0.0.1", "port": server.port, "security": "none", "sender": "notice@example.cn"}
    sender = SmtpServer(settings, "")
    [outcome] = sender.send([one(to="zhang@example.com")])
    sender.close()
    return outcome


@pytest.mark.parametrize(
    ("answer", "state"),
    [(b"250 ok", "accepted"), (b"252 taken", "accepted"), (b"OK queued", "uncertain"), (b"554 no", "refused")],
)
def test_what_a_mail_server_answers_after_the_text_is_read_with_care(answer: bytes, state: str) -> None:
    with RawMail(answer) as server:
        assert mailed(server).state == state


@pytest.mark.parametrize("how", [{"seconds_a_byte": 0.2}, {"greets": False}])
def test_a_mail_server_that_drips_holds_nobody_longer_than_its_time(
    how: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("guiju.notifications.channels.smtp.CALL_SECONDS", 0.5)
    began = time.monotonic()
    with RawMail(**how) as server:
        outcome = mailed(server)
    assert outcome.state is State.FAILED and outcome.is_down and time.monotonic() - began < 4
