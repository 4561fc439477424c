"""企业微信: messages of an app to a member, and of a robot to a group.

After the public documentation of the server API (developer.work.weixin.qq.com: 发送应用消息,
手机号获取userid, 群机器人配置说明). Not tried against the live service: the tests speak to a server
of their own that answers as documented.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlsplit

from guiju.net.bounded import Deadline, Trouble, json_object
from guiju.notifications.channels.base import (
    CALL_SECONDS,
    BadSettings,
    Delivery,
    KeepsNothing,
    Outcome,
    State,
    call,
    troubled,
    usable_url,
)

_SERVICE = "https://qyapi.weixin.qq.com"
_EXPIRED = (40014, 42001)
_BUSY = (-1, 45009, 45033)
"""系统繁忙; 接口调用超过限制; 接口并发调用超过限制."""

_DUPLICATES_SECONDS = 14_400
"""enable_duplicate_check: the same words to the same people within four hours arrive once."""


class _Refused(Exception):
    def __init__(self, code: int, said: str) -> None:
        super().__init__(said)
        self.code, self.said = code, f"{code} {said}"


def _call(url: str, deadline: Deadline, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
    raw = json.dumps(body, ensure_ascii=False).encode() if body is not None else None
    status, text = call(url, body=raw, headers={"Content-Type": "application/json"}, deadline=deadline)
    answer = json_object(url, status, text) if status == 200 else None
    if answer is None:
        raise Trouble("answer", f"answered {status}")
    code = answer.get("errcode", 0)
    if code != 0:
        raise _Refused(code if type(code) is int else -2, str(answer.get("errmsg", "")))
    return answer


def _outcome(refused: _Refused) -> Outcome:
    return Outcome(State.FAILED if refused.code in _BUSY else State.REFUSED, said=refused.said)


class WecomApp(KeepsNothing):
    """To one member each, known by the phone; a message that comes twice is dropped by its words."""

    largest_batch = 1
    honours_keys = True
    known_for = timedelta(seconds=_DUPLICATES_SECONDS) - timedelta(minutes=10)

    def __init__(self, settings: Mapping[str, Any], secret: str) -> None:
        self.service = usable_url(settings.get("service") or _SERVICE, "service").rstrip("/")
        if urlsplit(self.service).query:
            raise BadSettings("接口地址里不能有“?”", "service")
        self.corp, self.agent, self.secret = str(settings.get("corp_id", "")), settings.get("agent_id"), secret
        if not self.corp:
            raise BadSettings("请填写企业ID（corpid）", "corp_id")
        if type(self.agent) is not int:
            raise BadSettings("应用ID（agentid）是一个数", "agent_id")
        if not secret:
            raise BadSettings("请填写应用的 Secret", "secret")
        self._token, self._ends = "", 0.0

    def send(self, deliveries: Sequence[Delivery]) -> list[Outcome]:
        deadline = Deadline(CALL_SECONDS)
        return [self._send_one(one, deadline) for one in deliveries]

    def _send_one(self, one: Delivery, deadline: Deadline) -> Outcome:
        try:
            user = self._asked("user/getuserid", {"mobile": one.to}, deadline)
        except Trouble as trouble:
            return replace(troubled(trouble, honours_keys=True), state=State.FAILED)  # nothing was sent yet
        except _Refused as refused:
            return _outcome(refused)
        body = {
            "touser": str(user.get("userid", "")),
            "msgtype": "textcard" if one.url else "text",
            "agentid": self.agent,
            "enable_duplicate_check": 1,
            "duplicate_check_interval": _DUPLICATES_SECONDS,
        }
        # With a number of its own, or two notices in the same words would pass for one that came twice.
        text = f"{one.text}\n（{str(one.key)[-8:]}）"
        if one.url:
            body["textcard"] = {"title": one.title, "description": text, "url": one.url, "btntxt": "查看"}
        else:
            body["text"] = {"content": f"{one.title}\n{text}"}
        try:
            answer = self._asked("message/send", body, deadline)
        except Trouble as trouble:
            return troubled(trouble, honours_keys=True)
        except _Refused as refused:
            return _outcome(refused)
        if answer.get("invaliduser"):
            return Outcome(State.REFUSED, said="这个成员不在应用的可见范围内")
        return Outcome(State.ACCEPTED, reference=str(answer.get("msgid", "")))

    def _asked(self, what: str, body: Mapping[str, Any], deadline: Deadline) -> dict[str, Any]:
        """A call with the app's token, which is asked for anew when it has expired."""
        try:
            return _call(f"{self.service}/cgi-bin/{what}?access_token={self._access(deadline)}", deadline, body)
        except _Refused as refused:
            if refused.code not in _EXPIRED:
                raise
        self._ends = 0.0
        return _call(f"{self.service}/cgi-bin/{what}?access_token={self._access(deadline)}", deadline, body)

    def _access(self, deadline: Deadline) -> str:
        if time.monotonic() >= self._ends:
            answer = _call(
                f"{self.service}/cgi-bin/gettoken?corpid={quote(self.corp)}&corpsecret={quote(self.secret)}", deadline
            )
            lasts = answer.get("expires_in")
            self._token = quote(str(answer.get("access_token", "")))
            self._ends = time.monotonic() + (lasts - 60 if type(lasts) is int else 0)
        return self._token


class WecomRobot(KeepsNothing):
    """To a group; the address of the robot is its secret. What is cut off here can't be asked for."""

    largest_batch = 1
    honours_keys = False

    def __init__(self, settings: Mapping[str, Any], secret: str) -> None:
        self.url = usable_url(secret, "secret")

    def send(self, deliveries: Sequence[Delivery]) -> list[Outcome]:
        deadline = Deadline(CALL_SECONDS)
        return [self._send_one(one, deadline) for one in deliveries]

    def _send_one(self, one: Delivery, deadline: Deadline) -> Outcome:
        content = "\n".join(part for part in (one.title, one.text, one.url) if part)
        try:
            _call(self.url, deadline, {"msgtype": "text", "text": {"content": content}})
        except Trouble as trouble:
            return troubled(trouble, honours_keys=False)
        except _Refused as refused:
            return _outcome(refused)
        return Outcome(State.ACCEPTED)
