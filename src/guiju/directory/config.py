"""How to reach the company's directory and identity provider: `directory.toml` in the data folder.

It holds passwords and decides who gets in, so it lies on the server, readable by its owner only,
and no page changes it.
"""

from __future__ import annotations

import os
import stat
import tomllib
from dataclasses import MISSING, Field, dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from guiju.kernel.errors import Refused, reason_of

NAME = "directory.toml"

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})

_ATTRIBUTES = {
    "openldap": {
        "subject": "entryUUID",
        "username": "uid",
        "name": "cn",
        "email": "mail",
        "phone": "mobile",
        "title": "title",
        "department": "ou",
        "company": "o",
        "groups": "memberOf",
    },
    "ad": {
        "subject": "objectGUID",
        "username": "sAMAccountName",
        "name": "displayName",
        "email": "mail",
        "phone": "mobile",
        "title": "title",
        "department": "department",
        "company": "company",
        "groups": "memberOf",
    },
}
_FILTERS = {
    "openldap": "(objectClass=inetOrgPerson)",
    # Bit 2 of userAccountControl: the account is disabled.
    "ad": "(&(objectCategory=person)(objectClass=user)(!(userAccountControl:1.2.840.113556.1.4.803:=2)))",
}


@dataclass(frozen=True)
class Ldap:
    """An LDAP directory. `company` is the code of the company of all people, or empty: each entry says its own."""

    url: str
    bind_dn: str
    password: str
    base: str
    kind: str = "openldap"
    filter: str = ""
    ca_file: str = ""
    company: str = ""
    attributes: dict[str, str] = field(default_factory=dict)

    @property
    def host(self) -> str:
        return str(urlsplit(self.url).hostname)


@dataclass(frozen=True)
class Oidc:
    """An OpenID Connect provider. `username` and `groups` name the claims that carry them."""

    issuer: str
    client_id: str
    client_secret: str
    label: str = "企业账号"
    username: str = "preferred_username"
    groups: str = "groups"
    scope: str = "openid profile"


@dataclass(frozen=True)
class Config:
    ldap: Ldap | None = None
    oidc: Oidc | None = None


def installed() -> Config:
    """That of this installation."""
    from django.conf import settings

    return read_config(settings.GUIJU_FOLDER.path if settings.GUIJU_FOLDER else None)


def read_config(folder: Path | None) -> Config:
    """What the file says, nothing where there is none; raises `Refused` with what is wrong with it."""
    path = (folder or Path()) / NAME
    if folder is None or not path.exists():
        return Config()
    try:
        if os.name == "posix" and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise _wrong("其他用户也能读：请先运行 chmod 600")
        written = tomllib.loads(path.read_text("utf-8"))
    except OSError as failure:
        raise _wrong(f"读不了：{reason_of(failure)}") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as failure:
        raise _wrong(f"不是 TOML：{failure}") from None
    unknown = sorted(written.keys() - {"ldap", "oidc"})
    if unknown:
        raise _wrong(f"没有 [{unknown[0]}] 这一节，只有 [ldap] 和 [oidc]")
    return Config(
        _ldap(written["ldap"]) if "ldap" in written else None, _oidc(written["oidc"]) if "oidc" in written else None
    )


def _ldap(written: Any) -> Ldap:
    values = _values("ldap", Ldap, written, maps={"attributes"})
    kind = values.setdefault("kind", "openldap")
    if kind not in _ATTRIBUTES:
        raise _wrong(f"[ldap] 的 kind 是 openldap 或 ad，不是 {kind}")
    unknown = sorted(values.get("attributes", {}).keys() - _ATTRIBUTES[kind].keys())
    if unknown:
        raise _wrong(f"[ldap.attributes] 里没有 {unknown[0]}，可以写 {'、'.join(_ATTRIBUTES[kind])}")
    values["attributes"] = {**_ATTRIBUTES[kind], **values.get("attributes", {})}
    values.setdefault("filter", _FILTERS[kind])
    scheme, host = _parts("ldap", "url", values["url"])
    if scheme not in ("ldap", "ldaps") or not host:
        raise _wrong("[ldap] 的 url 写成 ldaps://主机 或 ldap://主机（随后用 StartTLS）")
    return Ldap(**values)


def _oidc(written: Any) -> Oidc:
    values = _values("oidc", Oidc, written)
    scheme, host = _parts("oidc", "issuer", values["issuer"])
    is_safe = scheme == "https" or (scheme == "http" and host in _LOOPBACK)
    if not is_safe or not host or any(mark in values["issuer"] for mark in "?#"):
        raise _wrong("[oidc] 的 issuer 写成 https://主机/…")
    if "openid" not in values.get("scope", "openid").split():
        raise _wrong("[oidc] 的 scope 要有 openid")
    return Oidc(**values)


def _parts(section: str, name: str, address: str) -> tuple[str, str]:
    """Scheme and host of an address; a port that is no number is told as well."""
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        raise _wrong(f"[{section}] 的 {name} 不是一个地址：{address}") from None
    return parts.scheme, parts.hostname or ""


def _values(section: str, shape: Any, written: Any, *, maps: frozenset[str] | set[str] = frozenset()) -> dict[str, Any]:
    if not isinstance(written, dict):
        raise _wrong(f"[{section}] 要写成一节")
    known = {one.name: one for one in fields(shape)}
    for name, value in written.items():
        if name not in known:
            raise _wrong(f"[{section}] 里没有 {name} 这一项")
        if name in maps and not isinstance(value, dict):
            raise _wrong(f"[{section}] 的 {name} 要写成一节 [{section}.{name}]")
        wanted = value.values() if name in maps else [value]
        if not all(isinstance(one, str) for one in wanted):
            raise _wrong(f"[{section}] 的 {name} 要写成文字")
    missing = [name for name, one in known.items() if _is_needed(one) and not str(written.get(name, "")).strip()]
    if missing:
        raise _wrong(f"[{section}] 缺少 {'、'.join(missing)}")
    return dict(written)


def _is_needed(one: Field[Any]) -> bool:
    return one.default is MISSING and one.default_factory is MISSING


def _wrong(sentence: str) -> Refused:
    return Refused("directory_config", f"{NAME}：{sentence}")
