"""Short messages over a provider's HTTP gateway (短信网关): which fields it wants is settings, not code.

A request bears one message or a list of them; the answer bears one verdict, or one for each by key.
The built-in shape is that of a plain JSON gateway:

    {"messages": [{"id", "phone", "signature", "template", "params", "text"}, …]}
    → {"code": 0, "results": [{"id", "code": 0, "sid", "message"}, …]}

`PRESETS` holds the shapes of providers after their public documentation; none was tried against the
live service.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any
from urllib.parse import parse_qsl, urlencode

from guiju.kernel.identifiers import phone
from guiju.net.bounded import Trouble, json_object
from guiju.notifications.channels.base import (
    LONGEST_WORD,
    BadSettings,
    Delivery,
    KeepsNothing,
    Outcome,
    State,
    call,
    clean,
    doubtful,
    signature_of,
    troubled,
    usable_url,
)

LARGEST_BATCH = 100


@dataclass(frozen=True)
class Shape:
    """What a gateway's requests, answers and receipts look like; a name that is empty isn't there.

    `names` maps ours (id, phone, text, signature, template, params) to the gateway's. `signing`:
    `none` (the secret is one of the `constants`), `bearer`, or `hmac` (header X-Signature over
    "<X-Timestamp>.<body>"). `ok` are the codes that mean yes, `busy` those that mean later.
    `text_with_signature`: the text begins with 【signature】, as gateways without templates want it.
    """

    body: str = "json"
    messages: str = "messages"
    batch: int = LARGEST_BATCH
    names: Mapping[str, str] = field(
        default_factory=lambda: {one: one for one in ("id", "phone", "signature", "template", "params", "text")}
    )
    constants: Mapping[str, str] = field(default_factory=dict)
    signing: str = "hmac"
    code: str = "code"
    ok: Sequence[str] = ("0",)
    busy: Sequence[str] = ("429",)
    results: str = "results"
    result_id: str = "id"
    reference: str = "sid"
    said: str = "message"
    honours_keys: bool = True
    text_with_signature: bool = False
    receipts: str = "receipts"
    receipt_id: str = "id"
    receipt_reference: str = "sid"
    receipt_state: str = "status"
    receipt_delivered: Sequence[str] = ("DELIVRD",)
    receipt_said: str = "message"


PRESETS: dict[str, tuple[str, Shape]] = {
    "plain": ("通用 JSON 网关", Shape()),
    "yunpian": (
        "云片（未在线验证）",
        Shape(
            body="form",
            messages="",
            batch=1,
            names={"phone": "mobile", "text": "text", "id": "uid"},
            constants={"apikey": "{secret}"},
            signing="none",
            busy=("8", "33", "-50"),
            results="",
            reference="sid",
            said="msg",
            honours_keys=False,
            text_with_signature=True,
            receipts="sms_status",
            receipt_id="uid",
            receipt_reference="sid",
            receipt_state="report_status",
            receipt_delivered=("SUCCESS",),
            receipt_said="error_msg",
        ),
    ),
    "chuanglan": (
        "创蓝云智（未在线验证）",
        Shape(
            messages="",
            batch=1,
            names={"phone": "phone", "text": "msg", "id": "uid"},
            constants={"account": "{account}", "password": "{secret}", "report": "true"},
            signing="none",
            busy=("103", "114"),
            results="",
            reference="msgId",
            said="errorMsg",
            honours_keys=False,
            text_with_signature=True,
            receipts="",
            receipt_id="uid",
            receipt_reference="msgid",
            receipt_state="status",
        ),
    ),
}
"""Gateways by name, with what people call them."""


def shape_of(settings: Mapping[str, Any]) -> Shape:
    """The shape that settings name: a preset, with what `shape` changes. Raises `BadSettings`."""
    preset = settings.get("preset", "plain")
    if preset not in PRESETS:
        raise BadSettings("没有这种短信网关", "preset")
    shape, changed = PRESETS[preset][1], settings.get("shape") or {}
    kinds = {one.name: type(getattr(shape, one.name)) for one in fields(Shape)}
    if not isinstance(changed, dict):
        raise BadSettings("网关字段要写成 JSON 对象", "shape")
    for name, value in changed.items():
        if name not in kinds:
            raise BadSettings(f"网关字段里没有“{name}”", "shape")
        wanted = list if kinds[name] is tuple else kinds[name]
        if type(value) is not wanted:
            words = {dict: "对象", list: "数组", str: "文本", int: "整数", bool: "true 或 false"}
            raise BadSettings(f"网关字段“{name}”要写成{words[wanted]}", "shape")
    made = Shape(**{**{one.name: getattr(shape, one.name) for one in fields(Shape)}, **changed})
    texts = [*made.names.values(), *made.constants.values(), *made.ok, *made.busy, *made.receipt_delivered]
    if not all(isinstance(one, str) for one in texts):
        raise BadSettings("网关字段的名称和代码都要写成文本", "shape")
    if made.body not in ("json", "form") or made.signing not in ("none", "bearer", "hmac"):
        raise BadSettings("body 是 json 或 form，signing 是 none、bearer 或 hmac", "shape")
    if made.body == "form" and made.messages:
        raise BadSettings("表单一次只能发一条：messages 要留空", "shape")
    if not 1 <= made.batch <= LARGEST_BATCH or (made.batch > 1 and not made.messages):
        raise BadSettings(f"一次最多{LARGEST_BATCH}条；messages 留空时只能是1条", "shape")
    if "phone" not in made.names or not {"text", "template"} & set(made.names):
        raise BadSettings("names 里要有 phone，以及 text 或 template", "shape")
    if (made.batch > 1 or made.honours_keys) and "id" not in made.names:
        raise BadSettings("一次发多条，或同一编号只发一次时，names 里要有 id", "shape")
    if made.batch > 1 and not made.honours_keys:
        raise BadSettings("不认编号的网关一次只能发一条：中断时才知道是哪一条不确定", "shape")
    return made


class SmsGateway(KeepsNothing):
    def __init__(self, settings: Mapping[str, Any], secret: str) -> None:
        self.url, self.secret = usable_url(settings.get("url")), secret
        self.account = str(settings.get("account", ""))
        self.shape = shape_of(settings)
        if self.shape.signing != "none" and not secret:
            raise BadSettings("请填写网关的密钥", "secret")
        self.largest_batch, self.honours_keys = self.shape.batch, self.shape.honours_keys

    def send(self, deliveries: Sequence[Delivery]) -> list[Outcome]:
        """One call for all."""
        try:
            found = self._read(deliveries, *self._call(deliveries))
        except Trouble as trouble:
            found = self._all(deliveries, troubled(trouble, honours_keys=self.shape.honours_keys))
        return [found[one.key] for one in deliveries]

    def _call(self, asked: Sequence[Delivery]) -> tuple[int, bytes]:
        shape = self.shape
        known = {"secret": self.secret, "account": self.account}
        constants = {name: _with(value, known) for name, value in shape.constants.items()}
        messages = [self._message(one) for one in asked]
        whole: dict[str, Any] = {**constants, **({shape.messages: messages} if shape.messages else messages[0])}
        if shape.body == "form":
            kind = "application/x-www-form-urlencoded"
            body = urlencode(
                {
                    name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
                    for name, value in whole.items()
                }
            ).encode()
        else:
            kind, body = "application/json", json.dumps(whole, ensure_ascii=False).encode()
        headers = {"Content-Type": f"{kind}; charset=utf-8"}
        if shape.signing == "bearer":
            headers["Authorization"] = f"Bearer {self.secret}"
        elif shape.signing == "hmac":
            now = str(int(time.time()))
            headers |= {"X-Timestamp": now, "X-Signature": signature_of(self.secret, now.encode(), body)}
        return call(self.url, body=body, headers=headers)

    def _message(self, one: Delivery) -> dict[str, Any]:
        text = f"【{one.signature}】{one.text}" if self.shape.text_with_signature else one.text
        values: dict[str, Any] = {
            "id": str(one.key),
            "phone": phone.check(one.to),
            "signature": one.signature,
            "template": one.template,
            "params": dict(one.values),
            "text": text,
        }
        return {theirs: values[ours] for ours, theirs in self.shape.names.items() if ours in values}

    def _read(self, asked: Sequence[Delivery], status: int, text: bytes) -> dict[Any, Outcome]:
        """A gateway says yes with 200 and an error inside, with 400 and a reason, with nonsense, or not at all."""
        if status >= 500 or status in (408, 425):
            return self._all(asked, doubtful(self.shape.honours_keys, f"网关答复{status}"))
        try:
            answer = json_object(self.url, status, text)
        except Trouble:
            if 400 <= status < 500:
                return self._all(asked, Outcome(State.FAILED, said=f"网关答复{status}"))
            return self._all(asked, doubtful(self.shape.honours_keys, "答复看不懂"))
        shape = self.shape
        whole = self._verdict(answer, status)
        listed = answer.get(shape.results) if shape.results else None
        if not shape.results or (whole.state is not State.ACCEPTED and not listed):
            return self._all(asked, whole)
        by_key = {
            str(one.get(shape.result_id)): one
            for one in (listed if isinstance(listed, list) else [])
            if isinstance(one, dict)
        }
        missing = doubtful(shape.honours_keys, "网关没有答复这一条")
        return {
            one.key: self._verdict(by_key[str(one.key)], 200) if str(one.key) in by_key else missing for one in asked
        }

    def _all(self, asked: Sequence[Delivery], outcome: Outcome) -> dict[Any, Outcome]:
        return {one.key: outcome for one in asked}

    def _verdict(self, answer: Mapping[str, Any], status: int) -> Outcome:
        shape = self.shape
        code = str(answer.get(shape.code, ""))
        said = f"{code} {answer.get(shape.said, '')}".strip()
        if status < 400 and code in shape.ok:
            return Outcome(State.ACCEPTED, reference=str(answer.get(shape.reference, "")), said=said)
        if code in shape.busy or status == 429:
            return Outcome(State.FAILED, said=said or str(status))
        return Outcome(State.REFUSED, said=said or str(status))


@dataclass(frozen=True)
class Receipt:
    """What a gateway tells later (状态报告): of which message, and whether it arrived."""

    key: str
    reference: str
    is_delivered: bool
    said: str


def read_receipts(shape: Shape, body: bytes) -> list[Receipt]:
    """From JSON, or a form with JSON in a field. Raises `ValueError` for what is no list of receipts."""
    try:
        whole = json.loads(body)
    except RecursionError:
        raise ValueError("nested too deep") from None
    except ValueError:
        whole = dict(parse_qsl(body.decode(), max_num_fields=100))
    if isinstance(whole, dict) and shape.receipts in whole:
        whole = whole[shape.receipts]
        whole = json.loads(whole) if isinstance(whole, str) else whole
    listed = whole if isinstance(whole, list) else [whole]
    names = {shape.receipt_id, shape.receipt_reference}
    if not all(isinstance(one, dict) and names & one.keys() for one in listed) or len(listed) > 10 * LARGEST_BATCH:
        raise ValueError("not a list of receipts")
    return [
        Receipt(
            str(one.get(shape.receipt_id, "")),
            clean(str(one.get(shape.receipt_reference, "")))[:100],
            str(one.get(shape.receipt_state, "")) in shape.receipt_delivered,
            clean(f"{one.get(shape.receipt_state, '')} {one.get(shape.receipt_said, '')}").strip()[:LONGEST_WORD],
        )
        for one in listed
    ]


def _with(value: str, known: Mapping[str, str]) -> str:
    for name, one in known.items():
        value = value.replace("{" + name + "}", one)
    return value
