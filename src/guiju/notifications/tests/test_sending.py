"""What waits goes out once, over the channel that can take it, and what nobody can know is shown."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from guiju.database.scope import scope
from guiju.evidence.selectors import history_of
from guiju.notifications.channels import base
from guiju.notifications.models import Attempt, Notice, Sort
from guiju.notifications.services.ending import settle_cut_off
from guiju.notifications.services.planning import MOST_TRIES, begin_attempts
from guiju.notifications.services.sending import Post
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
from guiju.notifications.tests.gateway import Gateway, gateway, hangs, says, takes_and_breaks
from guiju.notifications.tests.mail import mail_server
from guiju.organisations.tests.factories import AT, Group
from guiju.project.supervisor import STOP_SECONDS

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(hours=12)


class Mailbox:
    """A real mail server on loopback; `breaks` is where it hangs up: "mail", "data" or "after"."""

    def __init__(self) -> None:
        self.mails: list[tuple[list[str], bytes]] = []
        self.breaks = ""
        self.refuses = ""
        self.port = 0

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if self.breaks == "mail":
            server.transport.close()
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if self.refuses:
            return self.refuses
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.breaks != "data":
            self.mails.append((envelope.rcpt_tos, envelope.content))
        if self.breaks:
            server.transport.close()
        return "250 taken"


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    found = Mailbox()
    with mail_server(found) as found.port:
        yield found


@pytest.fixture
def sms(group: Group) -> Iterator[Gateway]:
    with gateway() as found:
        set_gateway(group.company_a, found)
        approve_texts(group.company_a, CUSTOMER.code)
        yield found


def set_mail(group: Group, mailbox: Mailbox) -> None:
    set_channel(
        group.headquarters,
        Sort.SMTP,
        "",
        host="127.0.0.1",
        port=mailbox.port,
        security="none",
        sender="notice@example.cn",
        sender_name="甲乙集团",
    )


def test_notices_to_customers_go_out_in_one_call_by_their_templates(group: Group, sms: Gateway) -> None:
    first, second = tell(group.company_a), tell(group.company_a, phone="+86 139-0013-9000")
    send_all()

    assert sms.calls == [2]
    assert [(one["phone"], one["signature"], one["template"]) for one in sms.seen] == [
        ("13800138000", "甲食品", "T-tests.customer"),
        ("13900139000", "甲食品", "T-tests.customer"),
    ]
    assert sms.seen[0]["params"]["name"] == "张三" and sms.seen[0]["text"].startswith("张三，您的投诉TS-")
    assert {again(first).state, again(second).state} == {Notice.State.SENT}
    with scope(entities={group.company_a.pk}):
        tried = Attempt.objects.get(notice=first)
        assert [one.action for one in history_of(tried)] == [
            "notifications.end_attempts",
            "notifications.begin_attempts",
        ]
    assert tried.reference == "sid-1"


def test_the_same_key_tells_once(group: Group, sms: Gateway) -> None:
    assert tell(group.company_a, key="once").pk == tell(group.company_a, key="once").pk
    send_all()

    assert sms.taken.total() == 1


def test_a_call_cut_off_over_a_channel_that_knows_keys_is_repeated_and_arrives_once(group: Group, sms: Gateway) -> None:
    sms.fault = takes_and_breaks
    notice = tell(group.company_a)
    one_round()
    assert attempts(notice) == [("sms", "unknown")]
    sms.fault = None
    send_all()

    assert sms.taken.total() == 1
    assert attempts(notice) == [("sms", "unknown"), ("sms", "accepted")]
    assert again(notice).state == Notice.State.SENT


def test_a_short_message_does_not_wait_behind_mails_that_were_due_earlier(
    group: Group, sms: Gateway, mailbox: Mailbox
) -> None:
    set_mail(group, mailbox)
    mails = [tell(group.company_a, at=AT, phone="", email="zhang@example.cn") for _ in range(150)]
    code = tell(group.company_a, at=AT + timedelta(seconds=1))
    with Post(lambda: AT + timedelta(seconds=2)) as post:
        # Two looks: in the first the mails leave the line for short messages, having no phone.
        post.round()
        post.round()
        post.finish()

    assert again(code).state == Notice.State.SENT
    assert len(mailbox.mails) < len(mails) / 10


def one_round() -> None:
    """What is due now goes out once, as the process that sends does it."""
    with Post(lambda: AT) as post:
        post.round()
        post.finish()


def test_what_was_begun_when_the_process_died_is_repeated_or_uncertain(
    group: Group, sms: Gateway, mailbox: Mailbox
) -> None:
    set_mail(group, mailbox)
    by_sms, by_mail = tell(group.company_a), tell(group.company_a, phone="", email="zhang@example.com")
    with Post(lambda: AT) as post:
        begin_attempts(entity_id=group.company_a.pk, at=AT, sender_of=post.sender_of)
    assert attempts(by_sms)[-1] == ("sms", "begun") and attempts(by_mail)[-1] == ("smtp", "begun")

    assert settle_cut_off(at=AT) == 2
    send_all()
    assert again(by_sms).state == Notice.State.SENT and sms.taken.total() == 1
    assert again(by_mail).state == Notice.State.UNCERTAIN and mailbox.mails == []
    send_all(at=LATER)
    assert mailbox.mails == []


def test_mail_carries_the_words_the_link_and_a_number_of_its_own(group: Group, mailbox: Mailbox) -> None:
    set_mail(group, mailbox)
    notice = tell(group.company_a, phone="", email="zhang@example.com")
    send_all()

    [(to, content)] = mailbox.mails
    assert to == ["zhang@example.com"] and b"Message-ID: <" in content and b"Auto-Submitted" in content
    assert again(notice).state == Notice.State.SENT


@pytest.mark.parametrize(
    ("breaks", "state", "stands"),
    [("mail", "failed", "waiting"), ("data", "uncertain", "uncertain"), ("after", "uncertain", "uncertain")],
)
def test_a_mail_whose_connection_breaks_is_uncertain_only_if_it_may_have_been_taken(
    group: Group, mailbox: Mailbox, breaks: str, state: str, stands: str
) -> None:
    set_mail(group, mailbox)
    mailbox.breaks = breaks
    notice = tell(group.company_a, phone="", email="zhang@example.com")
    send_all()

    assert attempts(notice)[-1] == ("smtp", state) and again(notice).state == stands
    mailbox.breaks = ""
    send_all(at=LATER)
    assert len(mailbox.mails) == (0 if breaks == "data" else 1)


def test_a_server_that_says_never_ends_it_and_one_that_says_later_is_asked_again(
    group: Group, mailbox: Mailbox
) -> None:
    set_mail(group, mailbox)
    mailbox.refuses = "550 no such user"
    never = tell(group.company_a, phone="", email="never@example.com")
    send_all()
    mailbox.refuses = "451 try later"
    later = tell(group.company_a, phone="", email="later@example.com")
    send_all()
    mailbox.refuses = ""
    send_all(at=LATER)

    assert again(never).state == Notice.State.FAILED and "550 no such user" in again(never).trouble
    assert attempts(later) == [("smtp", "failed"), ("smtp", "accepted")]


@pytest.mark.parametrize("phone", ["010-62345678", "+1 415 555 0100", "", "13800"])
def test_a_number_that_no_short_message_reaches_takes_the_next_channel(
    group: Group, sms: Gateway, mailbox: Mailbox, phone: str
) -> None:
    set_mail(group, mailbox)
    notice = tell(group.company_a, phone=phone, email="zhang@example.com")
    send_all()

    assert attempts(notice) == [("sms", "refused"), ("smtp", "accepted")]
    assert sms.taken.total() == 0 and len(mailbox.mails) == 1


@pytest.mark.parametrize("state", ["pending", "rejected", None])
def test_without_an_approved_template_the_next_channel_is_taken_and_it_is_shown(
    group: Group, mailbox: Mailbox, state: str | None
) -> None:
    set_mail(group, mailbox)
    with gateway() as sms:
        set_gateway(group.company_a, sms)
        if state:
            approve_texts(group.company_a, CUSTOMER.code, state=state)
        notice = tell(group.company_a, email="zhang@example.com")
        send_all()

    assert attempts(notice) == [("sms", "refused"), ("smtp", "accepted")]
    assert again(notice).state == Notice.State.SENT and again(notice).trouble.startswith("未能短信送达：短信签名")


def test_a_subsidiary_sends_mail_over_the_group_but_short_messages_only_in_its_own_name(
    group: Group, mailbox: Mailbox
) -> None:
    set_mail(group, mailbox)
    with gateway() as sms:
        set_gateway(group.headquarters, sms)
        approve_texts(group.headquarters, CUSTOMER.code)
        notice = tell(group.company_a, email="zhang@example.com")
        send_all()

    assert attempts(notice) == [("smtp", "accepted")] and sms.taken.total() == 0


def test_without_any_channel_it_is_said_and_not_lost(group: Group) -> None:
    notice = tell(group.company_a)
    send_all()

    assert again(notice).state == Notice.State.FAILED and "没有可用的渠道" in again(notice).trouble


@pytest.mark.parametrize(
    ("fault", "state"),
    [
        (says(200, {"code": 8, "message": "余额不足"}), "refused"),
        (says(200, {"code": 429, "message": "太快"}), "failed"),
        (says(429, b"slow down"), "failed"),
        (says(200, b"<html>ok</html>"), "unknown"),
        (says(200, {"code": 0, "results": []}), "unknown"),
        (says(200, [1]), "unknown"),
        (says(502, b"bad gateway"), "unknown"),
        (says(403, {"code": 403, "message": "签名不对"}), "refused"),
    ],
)
def test_what_a_gateway_answers_is_read_for_what_it_means(group: Group, sms: Gateway, fault: Any, state: str) -> None:
    sms.fault = fault
    notice = tell(group.company_a)
    one_round()

    assert attempts(notice) == [("sms", state)]


def test_a_gateway_that_hangs_holds_nobody_longer_than_its_time(
    group: Group, sms: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("guiju.notifications.channels.base.CALL_SECONDS", 0.3)
    sms.fault = hangs(1.0)
    notice = tell(group.company_a)
    one_round()
    assert attempts(notice) == [("sms", "unknown")]
    sms.fault = None
    send_all(at=LATER)

    assert again(notice).state == Notice.State.SENT
    assert base.CALL_SECONDS < STOP_SECONDS, "an orderly stop waits for it"


def test_a_channel_that_stays_away_is_given_up_after_some_tries(group: Group, sms: Gateway) -> None:
    sms.fault = says(429, {"code": 429, "message": "太快"})
    notice, at = tell(group.company_a), AT
    for _ in range(MOST_TRIES + 2):
        send_all(at=at)
        at += timedelta(hours=3)

    assert again(notice).state == Notice.State.FAILED and len(attempts(notice)) == MOST_TRIES
    assert "太快" in again(notice).trouble


def test_a_member_without_channels_has_it_in_the_inbox(group: Group) -> None:
    assert tell_member(group.sales_a).state == Notice.State.INBOX
