"""Mail (电子邮件, RFC 5321): a server can't be asked later, so a cut connection leaves a message uncertain."""

from __future__ import annotations

import queue
import re
import smtplib
import socket
import ssl
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate
from typing import Any

from django.conf import settings

from guiju.kernel.identifiers import Invalid, email
from guiju.net.bounded import Deadline, Trouble, open_socket
from guiju.notifications.channels.base import CALL_SECONDS, BadSettings, Delivery, Outcome, State, troubled

_KEPT_SECONDS = 20.0
"""A server may hang up on who says nothing for longer (RFC 5321 asks for five minutes; many give less)."""

_DOT = re.compile(rb"(?m)^\.")


def is_address(text: str) -> bool:
    try:
        email.check(text)
    except Invalid:
        return False
    return True


class SmtpServer:
    """One message a call; connections are kept for the next ones."""

    largest_batch = 1
    honours_keys = False
    known_for = timedelta(0)

    def __init__(self, values: Mapping[str, Any], secret: str) -> None:
        self.host, self.user, self.secret = str(values.get("host", "")), str(values.get("user", "")), secret
        self.security = values.get("security", "starttls")
        self.sender, self.sender_name = str(values.get("sender", "")), str(values.get("sender_name", ""))
        port = values.get("port", 587)
        if not self.host:
            raise BadSettings("请填写邮件服务器", "host")
        if type(port) is not int or not 0 < port < 65536:
            raise BadSettings("端口是1到65535的数", "port")
        self.port = port
        if self.security not in ("starttls", "tls", "none"):
            raise BadSettings("加密方式是 starttls、tls 或 none", "security")
        if self.security == "none" and self.host not in ("127.0.0.1", "::1", "localhost"):
            raise BadSettings("不加密的只能是本机的邮件服务器", "security")
        if not is_address(self.sender):
            raise BadSettings("请填写发件地址，例如 notice@example.cn", "sender")
        self._kept: queue.SimpleQueue[tuple[float, smtplib.SMTP]] = queue.SimpleQueue()

    def send(self, deliveries: Sequence[Delivery]) -> list[Outcome]:
        return [self._send(one) for one in deliveries]

    def _send(self, one: Delivery) -> Outcome:
        if not is_address(one.to):
            return Outcome(State.REFUSED, said="邮箱地址无效")
        try:
            with _Within() as clock:
                server = self._connection(clock)
                try:
                    outcome = self._send_one(server, one)
                except BaseException:
                    server.close()
                    raise
                if outcome.state is State.UNCERTAIN:
                    server.close()
                else:
                    self._kept.put((time.monotonic(), server))
                return outcome
        except smtplib.SMTPAuthenticationError as refused:
            return Outcome(State.FAILED, said=f"用户名或密码不对（{refused.smtp_code}）")
        except Trouble as trouble:
            return troubled(trouble, honours_keys=False)
        except (smtplib.SMTPException, OSError) as failure:
            return Outcome(State.FAILED, said=_said(failure), is_down=True)

    def close(self) -> None:
        while True:
            try:
                _, server = self._kept.get_nowait()
            except queue.Empty:
                return
            server.close()

    def _connection(self, clock: _Within) -> smtplib.SMTP:
        """One that is open and answers, else a new one."""
        while True:
            try:
                since, server = self._kept.get_nowait()
            except queue.Empty:
                return self._connected(clock)
            clock.watch(server)
            with suppress(smtplib.SMTPException, OSError):
                if time.monotonic() - since < _KEPT_SECONDS and server.noop()[0] == 250:
                    return server
            server.close()

    def _connected(self, clock: _Within) -> smtplib.SMTP:
        context = ssl.create_default_context()
        server = _Smtp(clock, context if self.security == "tls" else None)
        clock.watch(server)
        server._host = self.host  # type: ignore[attr-defined]  # which connect() leaves out, and TLS asks for
        try:
            code, words = server.connect(self.host, self.port)
            if code != 220:
                raise smtplib.SMTPConnectError(code, words)
            if self.security == "starttls":
                server.ehlo_or_helo_if_needed()
                server.sock.settimeout(clock.deadline.left())  # type: ignore[union-attr]
                server.starttls(context=context)
            server.ehlo_or_helo_if_needed()
            if self.user:
                server.login(self.user, self.secret)
        except BaseException:
            server.close()
            raise
        return server

    def _send_one(self, server: smtplib.SMTP, one: Delivery) -> Outcome:
        code, words = server.mail(self.sender)
        if 200 <= code < 300:
            code, words = server.rcpt(one.to)
        if not 200 <= code < 300:
            with suppress(smtplib.SMTPException):
                server.rset()
            return _refused(code, words)
        code, words = server.docmd("DATA")
        if code != 354:
            return _refused(code, words)
        try:
            server.send(_DOT.sub(b"..", self._message(one)) + b".\r\n")
            code, words = server.getreply()
        except (smtplib.SMTPException, OSError) as failure:
            # It may have been taken before the connection broke.
            return Outcome(State.UNCERTAIN, said=_said(failure), is_down=True)
        if 200 <= code < 300:
            return Outcome(State.ACCEPTED, said=_text(words))
        # An answer without a number that means no may be a yes.
        return (
            _refused(code, words) if 400 <= code < 600 else Outcome(State.UNCERTAIN, said=f"答复看不懂：{_text(words)}")
        )

    def _message(self, one: Delivery) -> bytes:
        made = EmailMessage(policy=SMTP)
        made["Subject"] = " ".join(one.title.split())
        made["From"] = Address(self.sender_name, addr_spec=self.sender)
        made["To"] = one.to
        made["Date"] = formatdate(localtime=True)
        made["Message-ID"] = f"<{one.key}@{self.sender.partition('@')[2]}>"
        made["Auto-Submitted"] = "auto-generated"
        made.set_content(f"{one.text}\n" + (f"\n{one.url}\n" if one.url else ""))
        return made.as_bytes()


class _Smtp(smtplib.SMTP):
    """The library's client over a connection that ends with the call's time."""

    def __init__(self, clock: _Within, context: ssl.SSLContext | None) -> None:
        super().__init__(timeout=CALL_SECONDS)
        self._clock, self._context = clock, context

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return open_socket(
            host, port, self._clock.deadline, context=self._context, inside=settings.GUIJU_INTERNAL_HOSTS
        )


class _Within:
    """Hangs up after the time of a call, and keeps hanging up: the library's own limit starts anew with each byte."""

    def __init__(self) -> None:
        self.deadline = Deadline(CALL_SECONDS)
        self._server: smtplib.SMTP | None = None
        self._is_done = threading.Event()
        self._watcher = threading.Thread(target=self._watch, daemon=True)

    def watch(self, server: smtplib.SMTP) -> None:
        self._server = server

    def _watch(self) -> None:
        if self._is_done.wait(CALL_SECONDS):
            return
        while not self._is_done.wait(0.1):
            # Between two steps there may be no socket, or one that is just becoming another.
            with suppress(OSError, AttributeError):
                self._server.sock.shutdown(socket.SHUT_RDWR)  # type: ignore[union-attr]

    def __enter__(self) -> _Within:
        self._watcher.start()
        return self

    def __exit__(self, *failure: object) -> None:
        self._is_done.set()


def _refused(code: int, words: bytes) -> Outcome:
    """5xx will not become better; 4xx may (RFC 5321, 4.2.1)."""
    return Outcome(State.REFUSED if 500 <= code < 600 else State.FAILED, said=f"{code} {_text(words)}")


def _text(words: bytes) -> str:
    return words.decode("utf-8", "replace")


def _said(failure: Exception) -> str:
    if isinstance(failure, TimeoutError):
        return "没有在规定时间内答复"
    if isinstance(failure, smtplib.SMTPServerDisconnected):
        return "连接中断"
    return str(failure) or type(failure).__name__
