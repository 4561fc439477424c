"""People out of an LDAP directory or AD: read only, over TLS, page by page, whole or not at all.

ldap3's defaults are made safe here: it would follow referrals to any host and take the password
along, check certificates by a function that Python has dropped, and start its time-out anew with
each byte. What the server cuts short is an error, never a short list: whoever is missing from the
list is taken for gone.
"""

from __future__ import annotations

import logging
import math
import ssl
import time
import warnings
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from guiju.directory.config import Ldap
from guiju.directory.texts import plain_dn
from guiju.kernel.errors import Refused

_log = logging.getLogger("guiju.directory")
_PAGED = "1.2.840.113556.1.4.319"
"""Simple paged results (RFC 2696)."""

_PAGE = 500
_WAIT_SECONDS = 10
_WHOLE_SECONDS = 300
_MOST_PEOPLE = 100_000

Entry = dict[str, list[bytes]]
"""Attribute in small letters to its values, none where it is absent."""


def read_entries(config: Ldap, *, seconds: float = _WHOLE_SECONDS) -> list[Entry]:
    """Every entry that the filter finds; raises `Refused` in one sentence when it can't be read to the end."""
    _library()
    from ldap3.core.exceptions import LDAPException

    try:
        return list(_entries(config, seconds))
    except (LDAPException, OSError, ValueError) as failure:
        _log.warning("directory %s: %s: %s", config.host, type(failure).__name__, failure)
        raise _unread(config, _words_of(failure)) from None


def _library() -> Any:
    """ldap3, loaded when it is needed; 2.9.1 imports names that pyasn1 has renamed since."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"(tag|type)Map is deprecated", DeprecationWarning)
        import ldap3
    return ldap3


def _words_of(failure: Exception) -> str:
    if isinstance(failure, FileNotFoundError):
        return "找不到 ca_file 写的文件"
    if isinstance(failure, ssl.SSLError) or "SSL" in str(failure) or "certificate" in str(failure):
        return "证书或 TLS 不对"
    known = {
        "LDAPInvalidCredentialsResult": "账号或口令不对",
        "LDAPNoSuchObjectResult": "没有 base 写的那一处",
        "LDAPSizeLimitExceededResult": "目录只给一部分：请让这个账号不受条数限制",
        "LDAPInsufficientAccessRightsResult": "这个账号无权读取",
        "LDAPInvalidFilterError": "filter 写得不对",
        "LDAPReferralResult": "目录让去问别的服务器，这里不跟去：请直接填那一台",
    }
    name = type(failure).__name__
    if name in known:
        return known[name]
    if isinstance(failure, TimeoutError) or "time" in str(failure):
        return "超时没有答完"
    return f"目录答复 {name}" if name.endswith("Result") else "连不上"


def _unread(config: Ldap, why: str) -> Refused:
    return Refused("directory_unread", f"企业目录 {config.host} 没有读全：{why}。没有做任何改动")


class _Deadline:
    """A socket with an end to all reading."""

    def __init__(self, sock: Any, end: float) -> None:
        self.sock = sock
        self._end = end

    def __getattr__(self, name: str) -> Any:
        return getattr(self.sock, name)

    def recv(self, size: int) -> bytes:
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self.sock.settimeout(min(_WAIT_SECONDS, left))
        read: bytes = self.sock.recv(size)
        return read


def _entries(config: Ldap, seconds: float) -> Iterator[Entry]:
    ldap3 = _library()
    from ldap3.core.exceptions import LDAPException, LDAPOperationResult

    class Tls(ldap3.Tls):  # type: ignore[name-defined,misc]
        def wrap_socket(self, connection: Any, do_handshake: bool = False) -> None:
            context = ssl.create_default_context(cafile=config.ca_file or None)
            raw = getattr(connection.socket, "sock", connection.socket)
            connection.socket = context.wrap_socket(raw, server_hostname=connection.server.host)

    url = urlsplit(config.url)
    is_tls = url.scheme == "ldaps"
    end, wait = time.monotonic() + seconds, max(1, math.ceil(min(_WAIT_SECONDS, seconds)))
    server = ldap3.Server(
        url.hostname,
        url.port or (636 if is_tls else 389),
        use_ssl=is_tls,
        get_info=ldap3.NONE,
        connect_timeout=wait,
        tls=Tls(),
    )
    connection = ldap3.Connection(
        server,
        config.bind_dn,
        config.password,
        client_strategy=ldap3.SAFE_SYNC,
        read_only=True,
        check_names=False,
        raise_exceptions=True,
        receive_timeout=wait,
        auto_referrals=False,
    )
    try:
        connection.open(read_server_info=False)
        connection.socket = _Deadline(connection.socket, end)
        if not is_tls:
            connection.start_tls(read_server_info=False)
            connection.socket = _Deadline(connection.socket, end)
        connection.bind(read_server_info=False)
        cookie, count = None, 0
        while True:
            _, result, response, _ = connection.search(
                config.base,
                config.filter,
                attributes=sorted(set(config.attributes.values())),
                paged_size=_PAGE,
                paged_criticality=True,
                paged_cookie=cookie,
            )
            if result["result"] != 0:
                raise LDAPOperationResult(result=result["result"], description=result["description"])
            for entry in response or ():
                # The others, searchResRef, point to other servers and are not followed.
                if entry["type"] == "searchResEntry":
                    count += 1
                    yield {name.casefold(): list(values) for name, values in entry["raw_attributes"].items()}
            if count > _MOST_PEOPLE:
                raise Refused("directory_large", f"企业目录 {config.host} 里超过{_MOST_PEOPLE}人：请把 filter 写窄些")
            cookie = result.get("controls", {}).get(_PAGED, {}).get("value", {}).get("cookie")
            if not cookie:
                return
    finally:
        opened = connection.socket
        with suppress(LDAPException, OSError):
            connection.unbind()
        if opened:
            # ldap3 leaves it open when connecting failed.
            opened.close()


def people_of(config: Ldap, entries: list[Entry]) -> list[dict[str, Any]]:
    """Each entry in our words: subject, username, name, email, phone, title, department, company, groups.

    A binary id (AD's objectGUID) becomes its usual spelling. A group keeps its whole name (DN): who may
    make groups somewhere else in the directory could give one the same first name.
    """
    names = {ours: theirs.casefold() for ours, theirs in config.attributes.items()}
    people = []
    for entry in entries:
        values = {ours: [_text(ours, one) for one in entry.get(theirs, [])] for ours, theirs in names.items()}
        person: dict[str, Any] = {ours: (found[0] if found else "") for ours, found in values.items()}
        person["username"] = person["username"].casefold()
        person["company"] = config.company or person["company"]
        person["groups"] = sorted({plain_dn(one) for one in values["groups"]})
        people.append(person)
    return people


def _text(ours: str, value: bytes) -> str:
    if ours == "subject" and len(value) == 16:
        return str(UUID(bytes_le=value))
    return value.decode(errors="replace").replace("\x00", "").strip()
