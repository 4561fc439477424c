"""One HTTP request, bounded in time and size, to a server that may answer anything.

The standard library's client with one deadline for look-up, connection, TLS, headers and body:
the usual clients start their time-out anew with each byte, and a provider that answers a byte a
second would hold a worker for ever. Redirects are not followed.
"""

from __future__ import annotations

import http.client
import io
import ipaddress
import json
import queue
import re
import socket
import ssl
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal, Self
from urllib.parse import urlencode, urlsplit

MOST_BYTES = 512 * 1024
_READ_STATUS = frozenset({200, 400, 401})

Kind = Literal["settings", "unreachable", "slow", "answer", "refused", "state", "token", "inside"]


class Trouble(Exception):
    """What went wrong with the server: a kind for the user's sentence, a detail for the log.

    `may_have_arrived`: some of the request was on its way, and the server may have done what it asked.
    """

    def __init__(self, kind: Kind, detail: str, *, may_have_arrived: bool = False) -> None:
        super().__init__(f"{kind}: {detail}")
        self.kind: Kind = kind
        self.detail = detail
        self.may_have_arrived = may_have_arrived


class Deadline:
    """The end of all waiting of one call."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds that are left; raises `Trouble` when there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise Trouble("slow", "the whole time is over")
        return left


def checked_url(url: object, *, may_be_http: bool, kind: Kind = "answer") -> str:
    """An address that may be asked: https, or (where that is allowed) http on loopback."""
    try:
        parts = urlsplit(url) if isinstance(url, str) else None
        host = parts.hostname if parts and parts.port != 0 else None  # a port out of range raises
    except ValueError:
        parts = host = None
    if not parts or not host or parts.username is not None or parts.fragment or any(one <= " " for one in str(url)):
        raise Trouble(kind, f"not a usable address: {str(url)[:200]!r}")
    if parts.scheme != "https" and not (parts.scheme == "http" and may_be_http and _is_loopback(host)):
        raise Trouble(kind, f"not https: {str(url)[:200]!r}")
    return str(url)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True)
class Inside:
    """Which places within the house may be asked: networks, and hosts by name.

    Addresses that somebody types into a page must not lead to what only this machine can reach.
    """

    networks: tuple[Network, ...] = ()
    hosts: frozenset[str] = frozenset()

    @classmethod
    def read(cls, text: str) -> Self:
        """Names, addresses and networks with commas between; raises `ValueError` for what is none of them."""
        networks, hosts = [], set()
        for one in filter(None, (one.strip() for one in text.split(","))):
            with suppress(ValueError):
                networks.append(ipaddress.ip_network(one, strict=False))
                continue
            # Letters, or it is an address that is none.
            if not re.fullmatch(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*", one) or re.fullmatch("[0-9.]+", one):
                raise ValueError(one)
            hosts.add(one.lower())
        return cls(tuple(networks), frozenset(hosts))

    def may_reach(self, host: str, address: str) -> bool:
        found = ipaddress.ip_address(address.partition("%")[0])
        mapped = getattr(found, "ipv4_mapped", None)
        found = mapped or found
        return found.is_global or host.lower() in self.hosts or any(found in one for one in self.networks)


def fetch(
    url: str,
    deadline: Deadline,
    *,
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
    inside: Inside | None = None,
) -> tuple[int, bytes]:
    """Status and body of an answer; a request with a body is a POST.

    With `inside`, what doesn't stand on the open internet is asked only if it is listed there; it is the
    address that counts to which the name leads just now. Raises `Trouble`.
    """
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    sent = {"Accept-Encoding": "identity", "Connection": "close", **(headers or {})}
    is_connected = False
    try:
        connection = _Connection(url, deadline, inside)
        try:
            connection.connect()
            is_connected = True
            connection.request("GET" if body is None else "POST", target, body, sent)
            response = connection.getresponse()
            status, answer = response.status, response.read(MOST_BYTES + 1)
            response.close()
        finally:
            connection.end()
    except Trouble as trouble:
        trouble.may_have_arrived = is_connected
        raise
    except TimeoutError:
        raise Trouble("slow", f"{url} took too long", may_have_arrived=is_connected) from None
    except (OSError, ValueError) as failure:
        raise Trouble("unreachable", f"{url}: {failure}", may_have_arrived=is_connected) from None
    except http.client.HTTPException as failure:
        fault = f"{url} spoke no proper HTTP: {type(failure).__name__}"
        raise Trouble("answer", fault, may_have_arrived=True) from None
    if len(answer) > MOST_BYTES:
        raise Trouble("answer", f"{url} answered more than {MOST_BYTES} bytes", may_have_arrived=True)
    return status, answer


def fetch_json(
    url: str, deadline: Deadline, *, form: dict[str, str] | None = None, headers: dict[str, str] | None = None
) -> tuple[int, dict[str, Any]]:
    """Status and JSON object of an answer (200, 400 or 401); a form is posted. Raises `Trouble`."""
    sent = {"Accept": "application/json", **(headers or {})}
    if form is not None:
        sent["Content-Type"] = "application/x-www-form-urlencoded"
    status, body = fetch(url, deadline, body=urlencode(form).encode() if form else None, headers=sent)
    if status not in _READ_STATUS:
        raise Trouble("answer", f"{url} answered {status}")
    return status, json_object(url, status, body)


def json_object(url: str, status: int, body: bytes) -> dict[str, Any]:
    """The JSON object of an answer; raises `Trouble`."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        raise Trouble("answer", f"{url} answered {status} without a JSON object")
    return answer


class _Body(io.RawIOBase):
    def __init__(self, opened: socket.socket, deadline: Deadline) -> None:
        self._opened, self._deadline = opened, deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._opened.settimeout(self._deadline.left())
        return self._opened.recv_into(buffer)


class _Socket:
    """As much of a socket as http.client uses; every wait ends at the deadline."""

    def __init__(self, opened: socket.socket, deadline: Deadline) -> None:
        self._opened, self._deadline = opened, deadline

    def sendall(self, data: bytes) -> None:
        self._opened.settimeout(self._deadline.left())
        self._opened.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Body(self._opened, self._deadline))

    def close(self) -> None:
        """http.client calls it before the body is read; `_Connection.end` closes."""


class _Connection(http.client.HTTPConnection):
    def __init__(self, url: str, deadline: Deadline, inside: Inside | None) -> None:
        parts = urlsplit(url)
        self._context = ssl.create_default_context() if parts.scheme == "https" else None
        self._deadline, self._inside = deadline, inside
        self._opened: socket.socket | None = None
        if self._context:
            self.default_port = 443
        super().__init__(parts.hostname or "", parts.port)

    def connect(self) -> None:
        self._opened = open_socket(self.host, self.port, self._deadline, context=self._context, inside=self._inside)
        self.sock = _Socket(self._opened, self._deadline)

    def end(self) -> None:
        if self._opened:
            self._opened.close()


def open_socket(
    host: str,
    port: int,
    deadline: Deadline,
    *,
    context: ssl.SSLContext | None = None,
    inside: Inside | None = None,
) -> socket.socket:
    """A connection to the first address of a host that takes it; raises `Trouble` and `OSError`."""
    found = _addresses(host, port, deadline)
    if inside is not None:
        found = [one for one in found if inside.may_reach(host, one[4][0])]
        if not found:
            raise Trouble("inside", f"{host} stands inside the house")
    for place, (family, kind, protocol, _, address) in enumerate(found):
        opened = socket.socket(family, kind, protocol)
        try:
            opened.settimeout(deadline.left() / (len(found) - place))
            opened.connect(address)
            opened.settimeout(deadline.left())
            return context.wrap_socket(opened, server_hostname=host) if context else opened
        except (OSError, Trouble):
            opened.close()
            if place == len(found) - 1:
                raise
    raise Trouble("unreachable", f"{host} has no address")


def _addresses(host: str, port: int, deadline: Deadline) -> list[Any]:
    """In a thread of its own: the system's look-up knows no time limit."""
    box: queue.SimpleQueue[list[Any] | Exception] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            box.put(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as failure:
            box.put(failure)

    threading.Thread(target=look_up, daemon=True).start()
    try:
        found = box.get(timeout=deadline.left())
    except queue.Empty:
        raise Trouble("slow", f"looking up {host} took too long") from None
    if isinstance(found, Exception):
        raise Trouble("unreachable", f"cannot look up {host}: {found}")
    return found
