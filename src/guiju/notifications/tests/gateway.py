"""A short message gateway on loopback, with the faults that real ones have."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from guiju.notifications.channels.base import signature_of

SECRET = "a-gateway-s-secret"
Fault = Callable[["Gateway", list[dict[str, Any]]], tuple[int, bytes] | None]


@dataclass
class Gateway:
    """Takes each id once, as providers with an idempotency key do.

    `fault` is asked for each call and may answer in its place; `taken` counts each phone's messages,
    `calls` how many messages each call bore.
    """

    fault: Fault | None = None
    taken: Counter[str] = field(default_factory=Counter)
    by_id: dict[str, str] = field(default_factory=dict)
    seen: list[dict[str, Any]] = field(default_factory=list)
    calls: list[int] = field(default_factory=list)
    honours_keys: bool = True
    url: str = ""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
        results = []
        with self._lock:
            self.calls.append(len(messages))
            for one in messages:
                known = self.by_id.get(one["id"])
                if known is None or not self.honours_keys:
                    known = self.by_id[one["id"]] = f"sid-{len(self.by_id) + 1}"
                    self.taken[one["phone"]] += 1
                    self.seen.append(one)
                results.append({"id": one["id"], "code": 0, "sid": known, "message": "OK"})
        return results


@contextmanager
def gateway(fault: Fault | None = None) -> Iterator[Gateway]:
    found = Gateway(fault)

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            wanted = signature_of(SECRET, self.headers.get("X-Timestamp", "").encode(), body)
            messages = json.loads(body)["messages"]
            answer: tuple[int, bytes] | None
            if self.headers.get("X-Signature") != wanted:
                answer = 403, b'{"code": 403, "message": "bad signature"}'
            else:
                answer = found.fault(found, messages) if found.fault else None
            if answer is None:
                answer = 200, json.dumps({"code": 0, "results": found.take(messages)}).encode()
            status, text = answer
            if status == 0:
                self.connection.close()
                return
            with suppress(BrokenPipeError):  # who asked didn't wait
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

        def log_message(self, *words: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    server.daemon_threads = True
    found.url = f"http://127.0.0.1:{server.server_port}/send"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()


def hangs(seconds: float) -> Fault:
    def wait(found: Gateway, messages: list[dict[str, Any]]) -> None:
        time.sleep(seconds)

    return wait


def takes_and_breaks(found: Gateway, messages: list[dict[str, Any]]) -> tuple[int, bytes]:
    """The messages are on their way, and nobody is told."""
    found.take(messages)
    return 0, b""


def says(status: int, answer: Any) -> Fault:
    text = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    return lambda found, messages: (status, text)
