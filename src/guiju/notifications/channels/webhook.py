"""Notices to a program of the company's (接口推送): one POST each, signed, with a key by which repeats are known.

    POST <url>
    Idempotency-Key: <key>
    Guiju-Signature: t=<seconds since 1970>,v1=<HMAC-SHA-256 of "<t>.<body>" in hexadecimal>
    {"key", "to", "title", "text", "url", "values"}

The receiver answers 2xx once it has the notice, and 2xx again for a key that it has already seen.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

from guiju.net.bounded import Trouble
from guiju.notifications.channels.base import (
    BadSettings,
    Delivery,
    KeepsNothing,
    Outcome,
    State,
    call,
    doubtful,
    signature_of,
    troubled,
    usable_url,
)


class Webhook(KeepsNothing):
    largest_batch = 1
    honours_keys = True

    def __init__(self, settings: Mapping[str, Any], secret: str) -> None:
        self.url, self.secret = usable_url(settings.get("url")), secret
        if len(secret) < 16:
            raise BadSettings("签名密钥至少16个字符", "secret")

    def send(self, deliveries: Sequence[Delivery]) -> list[Outcome]:
        return [self._send_one(one) for one in deliveries]

    def _send_one(self, one: Delivery) -> Outcome:
        body = json.dumps(
            {
                "key": str(one.key),
                "to": one.to,
                "title": one.title,
                "text": one.text,
                "url": one.url,
                "values": dict(one.values),
            },
            ensure_ascii=False,
        ).encode()
        now = str(int(time.time()))
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": str(one.key),
            "Guiju-Signature": f"t={now},v1={signature_of(self.secret, now.encode(), body)}",
        }
        try:
            status, _ = call(self.url, body=body, headers=headers)
        except Trouble as trouble:
            return troubled(trouble, honours_keys=True)
        # Not its words: whoever typed the address would read here what stands behind it.
        said = f"答复{status}"
        if 200 <= status < 300:
            return Outcome(State.ACCEPTED, said=said)
        if status in (408, 425, 429) or status >= 500:
            return doubtful(True, said)
        return Outcome(State.REFUSED, said=said)
