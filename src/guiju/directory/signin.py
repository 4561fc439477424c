"""The identity provider of this installation, and a browser on its way there and back."""

from __future__ import annotations

import logging
from dataclasses import asdict
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from guiju.accounts.registry import Way
from guiju.directory.config import Oidc, installed
from guiju.directory.oidc import Claims, Pending, Provider
from guiju.directory.services.federation import identity_of
from guiju.kernel.errors import Refused
from guiju.net.bounded import Kind, Trouble
from guiju.organisations.models import User

_log = logging.getLogger("guiju.directory")
_WAITS_SECONDS = 600
_SENTENCES: dict[Kind, str] = {
    "settings": "企业账号没有配置好：请系统管理员检查 directory.toml",
    "unreachable": "连不上企业账号的服务器：请稍后再试，或用口令登录",
    "slow": "企业账号的服务器没有及时答复：请稍后再试，或用口令登录",
    "answer": "企业账号的服务器答复不对：请稍后再试，或用口令登录；一直这样请告诉系统管理员",
    "refused": "企业账号没有让您登录：请重新试一次",
    "state": "这次登录等得太久，或不是从这里开始的：请重新登录",
    "token": "企业账号给出的凭证没有通过检查，没有登录：请告诉系统管理员",
}


def configured() -> Oidc | None:
    """What directory.toml says about a provider; raises `Refused` where it is wrong."""
    return installed().oidc


def way() -> Way | None:
    """For the sign-in page: a file that is wrong closes this way and no other."""
    try:
        oidc = configured()
    except Refused as refusal:
        _log.error("%s", refusal.sentence)
        return None
    if oidc is None:
        return None
    return Way(oidc.label, "start_provider", "link_provider", "unlink_provider", _is_linked)


def _is_linked(user: User) -> bool:
    return identity_of(user) is not None


@lru_cache(maxsize=4)
def _provider(config: Oidc, back: str) -> Provider:
    return Provider(config, back=back)


def provider() -> Provider:
    """The provider with what it said lately; raises `Refused` where none is configured."""
    oidc = configured()
    if oidc is None:
        raise Refused("provider_absent", "没有配置企业账号")
    return _provider(oidc, settings.GUIJU_STAFF_URL.rstrip("/") + reverse("provider_back"))


def send_off(request: HttpRequest, *, where: str, links: bool) -> str:
    """The provider's address for this browser; its session remembers what comes back. Raises `Refused`."""
    try:
        address, pending = provider().begin()
    except Trouble as trouble:
        raise _told(trouble) from None
    request.session["provider"] = {
        **asdict(pending),
        "where": where,
        "links": links,
        "since": timezone.now().timestamp(),
    }
    return address


def come_back(request: HttpRequest) -> tuple[Claims, str, bool]:
    """Who it is, where they wanted to go, whether to link; counts once. Raises `Refused`."""
    kept = request.session.pop("provider", None) or {}
    pending = None
    if timezone.now().timestamp() - kept.get("since", 0) < _WAITS_SECONDS:
        pending = Pending(kept["state"], kept["nonce"], kept["verifier"])
    try:
        claims = provider().finish(pending, request.GET.dict())
    except Trouble as trouble:
        raise _told(trouble) from None
    return claims, kept["where"], kept["links"]


def _told(trouble: Trouble) -> Refused:
    _log.warning("identity provider: %s", trouble)
    return Refused(f"provider_{trouble.kind}", _SENTENCES[trouble.kind])
