"""The ways out against servers on loopback that answer as their documentation says, and as real ones do on bad days."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guiju.notifications.channels import Delivery, State
from guiju.notifications.channels.base import signature_of
from guiju.notifications.channels.sms import PRESETS, SmsGateway, read_receipts, shape_of
from guiju.notifications.channels.webhook import Webhook
from guiju.notifications.channels.wecom import WecomApp, WecomRobot

SECRET = "0123456789abcdef"
Answer = Callable[[str, bytes], tuple[int, Any]]


@dataclass
class Server:
    """Answers by a function of path and body; keeps what was asked."""

    answer: Answer
    url: str = ""
    asked: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)


@contextmanager
def server(answer: Answer) -> Iterator[Server]:
    found = Server(answer)

    class Answers(BaseHTTPRequestHandler):
        def _do(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            found.asked.append((self.path, dict(self.headers), body))
            status, said = found.answer(self.path, body)
            text = said if isinstance(said, bytes) else json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = _do  # noqa: N815

        def log_message(self, *words: Any) -> None:
            """Quiet."""

    made = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    made.daemon_threads = True
    found.url = f"http://127.0.0.1:{made.server_port}"
    threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield found
    finally:
        made.shutdown()
        made.server_close()


def one(**more: Any) -> Delivery:
    return Delivery(**{"key": uuid4(), "to": "13800138000", "title": "标题", "text": "正文", **more})


def test_a_webhook_is_signed_over_its_body_and_bears_its_key() -> None:
    with server(lambda path, body: (200, {})) as found:
        delivery = one(url="https://crm.example.cn/tasks/", values={"a": "1"})
        [outcome] = Webhook({"url": found.url}, SECRET).send([delivery])
    _, headers, body = found.asked[0]
    stamp, sign = (part.partition("=")[2] for part in headers["Guiju-Signature"].split(","))

    assert outcome.state is State.ACCEPTED and headers["Idempotency-Key"] == str(delivery.key)
    assert sign == signature_of(SECRET, stamp.encode(), body)
    assert json.loads(body)["url"] == "https://crm.example.cn/tasks/"


@pytest.mark.parametrize(
    ("status", "state"), [(204, "accepted"), (302, "refused"), (400, "refused"), (429, "unknown"), (500, "unknown")]
)
def test_what_a_webhook_s_receiver_answers_is_read(status: int, state: str) -> None:
    with server(lambda path, body: (status, b"")) as found:
        assert Webhook({"url": found.url}, SECRET).send([one()])[0].state == state


def test_nobody_at_the_other_end_means_that_nothing_was_sent() -> None:
    gone = "http://127.0.0.1:9/"
    assert Webhook({"url": gone}, SECRET).send([one()])[0].state is State.FAILED
    assert SmsGateway({"url": gone}, SECRET).send([one()])[0].state is State.FAILED
    assert WecomRobot({}, gone).send([one()])[0].state is State.FAILED


class Wecom:
    """As the documentation of the server API says: a token, a member by phone, a message."""

    def __init__(self) -> None:
        self.tokens = 0
        self.send: dict[str, Any] = {"errcode": 0, "errmsg": "ok", "msgid": "m-1"}
        self.expire_first = False

    def __call__(self, path: str, body: bytes) -> tuple[int, Any]:
        if path.startswith("/cgi-bin/gettoken"):
            self.tokens += 1
            return 200, {"errcode": 0, "access_token": f"t{self.tokens}", "expires_in": 7200}
        if path.startswith("/cgi-bin/user/getuserid"):
            if self.expire_first and "t1" in path:
                return 200, {"errcode": 42001, "errmsg": "access_token expired"}
            if json.loads(body)["mobile"] != "13800138000":
                return 200, {"errcode": 46004, "errmsg": "user not exist"}
            return 200, {"errcode": 0, "userid": "zhangsan"}
        return 200, self.send


def app(found: Server) -> WecomApp:
    return WecomApp({"service": found.url, "corp_id": "ww1", "agent_id": 1000002}, "secret")


def test_a_message_of_an_app_reaches_the_member_of_the_phone_and_asks_for_its_token_once() -> None:
    service = Wecom()
    with server(service) as found:
        first, second = app(found).send([one(url="https://crm.example.cn/"), one()])
    sent = [json.loads(body) for path, _, body in found.asked if "message/send" in path]

    assert (first.state, first.reference, second.state) == (State.ACCEPTED, "m-1", State.ACCEPTED)
    assert service.tokens == 1 and sent[0]["touser"] == "zhangsan" and sent[0]["enable_duplicate_check"] == 1
    assert sent[0]["msgtype"] == "textcard" and sent[1]["text"]["content"].startswith("标题\n正文\n（")
    assert sent[0]["textcard"]["description"] != sent[1]["text"]["content"].removeprefix("标题\n"), (
        "the same words twice"
    )


def test_an_expired_token_is_asked_for_anew() -> None:
    service = Wecom()
    service.expire_first = True
    with server(service) as found:
        assert app(found).send([one()])[0].state is State.ACCEPTED and service.tokens == 2


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ({"errcode": 60011, "errmsg": "no privilege"}, "refused"),
        ({"errcode": 45009, "errmsg": "api freq out of limit"}, "failed"),
        ({"errcode": -1, "errmsg": "system busy"}, "failed"),
        ({"errcode": 0, "invaliduser": "zhangsan"}, "refused"),
        ({"errcode": "x"}, "refused"),
    ],
)
def test_what_the_app_is_answered_is_read_for_what_it_means(answer: dict[str, Any], state: str) -> None:
    service = Wecom()
    service.send = answer
    with server(service) as found:
        assert app(found).send([one()])[0].state == state


def test_a_phone_that_no_member_has_is_refused() -> None:
    with server(Wecom()) as found:
        assert app(found).send([one(to="13900139000")])[0].state is State.REFUSED


def test_a_robot_speaks_to_its_group_and_what_is_unclear_stays_uncertain() -> None:
    with server(lambda path, body: (200, {"errcode": 0})) as found:
        assert WecomRobot({}, f"{found.url}/send?key=1").send([one()])[0].state is State.ACCEPTED
        found.answer = lambda path, body: (200, b"<html>")
        assert WecomRobot({}, f"{found.url}/send?key=1").send([one()])[0].state is State.UNCERTAIN
        found.answer = lambda path, body: (502, b"")
        assert WecomRobot({}, f"{found.url}/send?key=1").send([one()])[0].state is State.UNCERTAIN


def test_the_presets_send_what_their_providers_document() -> None:
    with server(lambda path, body: (200, {"code": 0, "sid": 99, "msg": "发送成功"})) as found:
        yunpian = SmsGateway({"preset": "yunpian", "url": found.url}, "key")
        assert yunpian.send([one(signature="甲食品")])[0].reference == "99"
        found.answer = lambda path, body: (200, {"code": "0", "msgId": "17", "errorMsg": ""})
        chuanglan = SmsGateway({"preset": "chuanglan", "url": found.url, "account": "N1"}, "pass")
        assert chuanglan.send([one(signature="甲食品")])[0].reference == "17"
    form, document = parse_qs(found.asked[0][2].decode()), json.loads(found.asked[1][2])

    assert form["apikey"] == ["key"] and form["text"] == ["【甲食品】正文"] and form["mobile"] == ["13800138000"]
    assert document["account"] == "N1" and document["password"] == "pass" and document["msg"] == "【甲食品】正文"


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_is_a_shape_that_can_be_sent(preset: str) -> None:
    assert shape_of({"preset": preset}) == PRESETS[preset][1]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["code", "results", "id", "sid", "x"]), inner)
    ),
    max_leaves=8,
)


@given(JSON)
def test_whatever_a_gateway_answers_every_message_gets_an_outcome(answer: Any) -> None:
    gateway = SmsGateway({"url": "http://127.0.0.1:9/"}, SECRET)
    asked = [one(), one()]
    found = gateway._read(asked, 200, json.dumps(answer).encode())

    assert set(found) == {each.key for each in asked}
    accepted = [outcome for outcome in found.values() if outcome.state is State.ACCEPTED]
    assert not accepted or isinstance(answer, dict)


@given(JSON)
def test_whatever_comes_as_a_receipt_is_read_or_refused(body: Any) -> None:
    try:
        read_receipts(PRESETS["plain"][1], json.dumps(body).encode())
    except ValueError:
        return
