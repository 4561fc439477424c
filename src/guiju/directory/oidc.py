"""Signing in by an OpenID Connect provider (OpenID Connect Core 1.0): authorization code with PKCE.

State and nonce are checked by hand once more, the id_token against the provider's keys; what a
provider may get wrong ends as `Trouble`, never as somebody signed in.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus, urlencode, urlsplit

from guiju.directory.config import Oidc
from guiju.net.bounded import Deadline, Trouble, checked_url, fetch_json

WHOLE_SECONDS = 5.0
FRESH_SECONDS = 3600.0
"""How long discovery and keys are kept."""
REFETCH_SECONDS = 30.0
"""An unknown key makes us ask again at most this often."""
FAILED_SECONDS = 10.0
"""A provider that can't be reached is left alone so long: strangers' clicks would hold all workers."""
LEEWAY_SECONDS = 60
MOST_GROUPS = 1000
_LONGEST_TEXT = 255
_LEAST_RSA_BITS = 2048
_KEY_TYPES = {"RS": "RSA", "PS": "RSA", "ES": "EC"}
ALGORITHMS = tuple(f"{family}{bits}" for family in _KEY_TYPES for bits in (256, 384, 512))
"""Never none, and never HS*, for which a public key would do as the secret."""


@dataclass(frozen=True)
class Pending:
    """What the browser's session keeps on the server, to be used once, between `begin` and `finish`."""

    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True)
class Claims:
    """Who it is, as the provider says: `groups` is None where it says nothing about them."""

    issuer: str
    subject: str
    username: str
    groups: tuple[str, ...] | None


class Provider:
    """A provider and what it said about itself a while ago; used by many threads."""

    def __init__(self, config: Oidc, *, back: str, whole_seconds: float = WHOLE_SECONDS) -> None:
        self.config = config
        self._back = back
        self._seconds = whole_seconds
        self._said: tuple[float, dict[str, Any]] | None = None
        self._failed: tuple[float, Trouble] | None = None
        self._known: tuple[float, list[Any]] | None = None
        self._lock = threading.Lock()

    def begin(self) -> tuple[str, Pending]:
        """Where to send the browser, and what to remember meanwhile."""
        said = self._metadata(Deadline(self._seconds))
        pending = Pending(*(secrets.token_urlsafe(32) for _ in range(3)))
        query = {
            "response_type": "code",
            "client_id": self.config.client_id,
            "redirect_uri": self._back,
            "scope": self.config.scope,
            "state": pending.state,
            "nonce": pending.nonce,
            "code_challenge": _base64(hashlib.sha256(pending.verifier.encode()).digest()),
            "code_challenge_method": "S256",
        }
        address = said["authorization_endpoint"]
        return f"{address}{'&' if '?' in address else '?'}{urlencode(query)}", pending

    def finish(self, pending: Pending | None, answer: Mapping[str, str]) -> Claims:
        """The checked claims for the query with which the browser came back; raises `Trouble`."""
        deadline = Deadline(self._seconds)
        if pending is None or not _same(answer.get("state", ""), pending.state):
            raise Trouble("state", "not an answer to a sign-in begun here")
        said = self._metadata(deadline)
        # RFC 9207: two providers must not be mixed up.
        named, is_named = answer.get("iss"), said.get("authorization_response_iss_parameter_supported") is True
        if named != self.config.issuer and (named or is_named):
            raise Trouble("state", "the answer comes from another issuer")
        if "error" in answer or not answer.get("code"):
            raise Trouble("refused", f"the provider refused: {answer.get('error', 'no code')[:100]!r}")
        tokens = self._tokens(said, answer["code"], pending, deadline)
        id_token, access = tokens.get("id_token"), tokens.get("access_token")
        if not isinstance(id_token, str):
            raise Trouble("answer", "the token endpoint gave no id_token")
        claims = self._checked(id_token, access, pending.nonce, deadline)
        wanted = (self.config.username, self.config.groups)
        if isinstance(access, str) and "userinfo_endpoint" in said and not all(one in claims for one in wanted):
            claims = self._with_userinfo(said["userinfo_endpoint"], access, claims, deadline)
        return Claims(
            self.config.issuer,
            _clean(claims["sub"], "sub"),
            _clean(claims.get(self.config.username, ""), self.config.username),
            _groups(claims.get(self.config.groups), self.config.groups),
        )

    def _tokens(self, said: dict[str, Any], code: str, pending: Pending, deadline: Deadline) -> dict[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._back,
            "code_verifier": pending.verifier,
        }
        # RFC 6749, 2.3.1: both halves are form-encoded before they are joined.
        both = f"{quote_plus(self.config.client_id)}:{quote_plus(self.config.client_secret)}"
        basic = {"Authorization": "Basic " + base64.b64encode(both.encode()).decode()}
        status, tokens = fetch_json(said["token_endpoint"], deadline, form=form, headers=basic)
        if status != 200:
            raise Trouble("refused", f"the token endpoint refused: {str(tokens.get('error'))[:100]!r}")
        return tokens

    def _with_userinfo(self, url: str, access: str, claims: dict[str, Any], deadline: Deadline) -> dict[str, Any]:
        status, more = fetch_json(url, deadline, headers={"Authorization": f"Bearer {access}"})
        if status != 200 or more.get("sub") != claims["sub"]:
            raise Trouble("token", "userinfo speaks of another person")
        return {**more, **claims}

    def _metadata(self, deadline: Deadline) -> dict[str, Any]:
        if self._said and time.monotonic() - self._said[0] < FRESH_SECONDS:
            return self._said[1]
        if self._failed and time.monotonic() - self._failed[0] < FAILED_SECONDS:
            raise self._failed[1]
        try:
            found = self._ask_metadata(deadline)
        except Trouble as trouble:
            self._failed = (time.monotonic(), trouble)
            raise
        self._said, self._failed = (time.monotonic(), found), None
        return found

    def _ask_metadata(self, deadline: Deadline) -> dict[str, Any]:
        issuer = checked_url(self.config.issuer, may_be_http=True, kind="settings")
        url = issuer.rstrip("/") + "/.well-known/openid-configuration"
        status, found = fetch_json(url, deadline)
        if status != 200:
            raise Trouble("answer", f"{url} answered {status}")
        if found.get("issuer") != issuer:
            raise Trouble("answer", f"discovery names another issuer: {str(found.get('issuer'))[:200]!r}")
        may_be_http = urlsplit(issuer).scheme == "http"
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            checked_url(found.get(name), may_be_http=may_be_http)
        if "userinfo_endpoint" in found:
            checked_url(found["userinfo_endpoint"], may_be_http=may_be_http)
        methods = found.get("code_challenge_methods_supported")  # some that know it don't say so
        if isinstance(methods, list) and "S256" not in methods:
            raise Trouble("answer", "the provider does not know PKCE S256")
        return found

    def _keys(self, deadline: Deadline, *, older_than: float) -> list[Any]:
        if not self._lock.acquire(timeout=deadline.left()):
            raise Trouble("slow", "another sign-in is still asking for the keys")
        try:
            if self._known and time.monotonic() - self._known[0] < older_than:
                return self._known[1]
            url = self._metadata(deadline)["jwks_uri"]
            status, found = fetch_json(url, deadline)
            listed = found.get("keys")
            if status != 200 or not isinstance(listed, list):
                raise Trouble("answer", f"{url} answered {status} without keys")
            keys = [key for data in listed[:100] if (key := _usable(data))]
            self._known = (time.monotonic(), keys)
            return keys
        finally:
            self._lock.release()

    def _key_for(self, header: Mapping[str, Any], deadline: Deadline) -> Any:
        for older_than in (FRESH_SECONDS, REFETCH_SECONDS):
            keys = self._keys(deadline, older_than=older_than)
            fit = [key for key in keys if key.key_type == _KEY_TYPES[header["alg"][:2]]]
            if "kid" in header:
                fit = [key for key in fit if key.kid == header["kid"]]
            if len(fit) == 1:
                return fit[0]
        raise Trouble("token", "no single key of the provider fits the id_token")

    def _checked(self, id_token: str, access: object, nonce: str, deadline: Deadline) -> dict[str, Any]:
        from joserfc import jwt
        from joserfc.errors import JoseError
        from joserfc.jws import JWSRegistry

        # Strict would refuse header names that it doesn't know, which providers do send.
        registry = JWSRegistry(algorithms=list(ALGORITHMS), strict_check_header=False)
        registry.max_header_length = 8192
        own = self.config.client_id
        rules = jwt.JWTClaimsRegistry(
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": self.config.issuer},
            sub={"essential": True},
            aud={"essential": True, "value": own},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        try:
            # The key is asked for after the algorithm has passed.
            token = jwt.decode(id_token, lambda signed: self._key_for(signed.headers(), deadline), registry=registry)
            claims: dict[str, Any] = token.claims
            rules.validate(claims)
            digest = hashlib.new(f"sha{token.header['alg'][2:]}", str(access).encode()).digest()
        except (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as failure:
            raise Trouble("token", f"{type(failure).__name__}: {str(failure)[:200]}") from None
        if claims["nonce"] != nonce:  # a list that holds the value would have passed
            raise Trouble("token", "nonce of another sign-in")
        has_several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if claims.get("azp", None if has_several else own) != own:
            raise Trouble("token", "azp names another client")
        half = _base64(digest[: len(digest) // 2])
        if isinstance(access, str) and claims.get("at_hash", half) != half:
            raise Trouble("token", "at_hash of another access token")
        return claims


def _usable(data: object) -> Any:
    """A public key for signatures of a kind we take, or None: others in the set are passed over."""
    from joserfc.errors import JoseError
    from joserfc.jwk import JWKRegistry

    if not isinstance(data, dict) or data.get("kty") not in _KEY_TYPES.values() or data.get("use", "sig") != "sig":
        return None
    if data["kty"] == "RSA" and len(str(data.get("n"))) * 6 < _LEAST_RSA_BITS:
        return None
    public = {name: value for name, value in data.items() if name in ("kty", "kid", "alg", "n", "e", "crv", "x", "y")}
    try:
        return JWKRegistry.import_key(public)
    except (JoseError, ValueError, TypeError, KeyError):
        return None


def _groups(said: object, name: str) -> tuple[str, ...] | None:
    if said is None:
        return None
    listed = [said] if isinstance(said, str) else said
    if not isinstance(listed, list) or len(listed) > MOST_GROUPS:
        raise Trouble("token", f"{name} is not a list of names")
    return tuple(_clean(one, name) for one in listed)


def _clean(value: object, name: str) -> str:
    """Text that a database takes: no control characters, no half surrogates, not long."""
    is_text = isinstance(value, str) and len(value) <= _LONGEST_TEXT
    if not is_text or any(one < " " or "\ud800" <= one <= "\udfff" for one in str(value)):
        raise Trouble("token", f"{name} is not a short text")
    return str(value)


def _same(one: str, other: str) -> bool:
    return secrets.compare_digest(one.encode(errors="replace"), other.encode())


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
