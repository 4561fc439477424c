"""What an identity provider may get wrong: every case ends in time, as trouble, and with nobody signed in."""

from __future__ import annotations

import hmac
import socket
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

from guiju.directory import oidc
from guiju.directory.config import Oidc
from guiju.directory.tests.nonsense import (
    CLIENT,
    KEY,
    KEY_TWO,
    LEFT_OUT,
    OTHER_KEY,
    Handler,
    Nonsense,
    Trick,
    encoded,
)
from guiju.net.bounded import Trouble

PLAIN_KEY = RSAKey.generate_key(2048, {"kid": "one"})
LIMIT = 1.0
"""Seconds for the whole in these tests; five in the product."""
SECRET, BACK = "a secret: with + and %", "http://127.0.0.1:9/sign-in/provider/back/"
PENDING = oidc.Pending("s", "n", "v" * 43)


def drip(server: Nonsense, piece: bytes) -> Iterator[bytes]:
    while not server.over.wait(0.2):
        yield piece


def slow(handler: Handler, server: Nonsense) -> None:
    server.over.wait(30)


def drip_body(handler: Handler, server: Nonsense) -> None:
    handler.send_response(200)
    handler.end_headers()
    for piece in drip(server, b" "):
        handler.wfile.write(piece)


def drip_headers(handler: Handler, server: Nonsense) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    for piece in drip(server, b"X"):
        handler.wfile.write(piece)


def many_headers(handler: Handler, server: Nonsense) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 1000 + b"\r\n{}")


def fat(handler: Handler, server: Nonsense) -> None:
    handler.raw(b" " * 50_000_000)


def fat_without_length(handler: Handler, server: Nonsense) -> None:
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    for _ in range(50):
        handler.wfile.write(b"100000\r\n" + b" " * 0x100000 + b"\r\n")


def no_http(handler: Handler, server: Nonsense) -> None:
    handler.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n")


def raw(body: bytes, status: int = 200, **headers: str) -> Trick:
    return lambda handler, server: handler.raw(body, status, **headers)


def disco(**changes: Any) -> Trick:
    return lambda handler, server: handler.json(server.discovery(**changes))


def token(make: Callable[[Nonsense], Any]) -> Trick:
    return lambda handler, server: handler.json(server.token(id_token=make(server)))


def claims(**changes: Any) -> Trick:
    return token(lambda server: server.signed(**changes))


def none_alg(server: Nonsense) -> str:
    return f"{encoded({'alg': 'none'})}.{encoded(server.claims())}."


def hs_with_public_key(server: Nonsense) -> str:
    signed = f"{encoded({'alg': 'HS256', 'kid': 'one'})}.{encoded(server.claims())}"
    return f"{signed}.{encoded(hmac.digest(KEY.as_pem(private=False), signed.encode(), 'sha256'))}"


def tampered(server: Nonsense) -> str:
    head, _, signature = server.signed().split(".")
    return f"{head}.{encoded(server.claims(sub='root'))}.{signature}"


def own_jwk_in_header(server: Nonsense) -> str:
    return server.signed(OTHER_KEY, {"alg": "RS256", "jwk": OTHER_KEY.as_dict(private=False)})


def jwks(*keys: Any) -> Trick:
    listed = [key if isinstance(key, dict) else key.as_dict(private=False) for key in keys]
    return lambda handler, server: handler.json({"keys": listed})


def now(seconds: int) -> Callable[[], int]:
    """So many seconds from the moment of the answer: the cases are made long before."""
    return lambda: int(time.time()) + seconds


def raw_claims(body: bytes) -> Trick:
    return token(lambda server: jws.serialize_compact({"alg": "RS256", "kid": "one"}, body, KEY))


CASES: dict[str, tuple[str, dict[str, Trick]]] = {
    "discovery: not JSON": ("answer", {"discovery": raw(b"<html>hello")}),
    "discovery: a list": ("answer", {"discovery": raw(b"[]")}),
    "discovery: 500 KB of [": ("answer", {"discovery": raw(b"[" * 500_000)}),
    "discovery: 404": ("answer", {"discovery": raw(b"{}", 404)}),
    "discovery: another issuer": ("answer", {"discovery": disco(issuer="https://evil.example")}),
    "discovery: no token endpoint": ("answer", {"discovery": disco(token_endpoint=None)}),
    "discovery: http endpoint elsewhere": ("answer", {"discovery": disco(token_endpoint="http://10.0.0.1/token")}),
    "discovery: file: endpoint": ("answer", {"discovery": disco(jwks_uri="file:///etc/passwd")}),
    "discovery: javascript: endpoint": ("answer", {"discovery": disco(authorization_endpoint="javascript:alert(1)")}),
    "discovery: endpoint with CRLF": ("answer", {"discovery": disco(token_endpoint="http://127.0.0.1/\r\nX: y")}),
    "discovery: port 99999": ("answer", {"discovery": disco(token_endpoint="http://127.0.0.1:99999/")}),
    "discovery: PKCE plain only": ("answer", {"discovery": disco(code_challenge_methods_supported=["plain"])}),
    "discovery: redirect": ("answer", {"discovery": raw(b"", 302, Location="http://127.0.0.1:1/")}),
    "discovery: 50 MB": ("answer", {"discovery": fat}),
    "discovery: after 30 s": ("slow", {"discovery": slow}),
    "discovery: body drips": ("slow", {"discovery": drip_body}),
    "discovery: headers drip": ("slow", {"discovery": drip_headers}),
    "discovery: 1000 headers": ("answer", {"discovery": many_headers}),
    "discovery: no HTTP": ("answer", {"discovery": no_http}),
    "jwks: 500": ("answer", {"jwks": raw(b"oops", 500)}),
    "jwks: no keys member": ("answer", {"jwks": raw(b"{}")}),
    "jwks: keys that are junk": (
        "token",
        {"jwks": jwks({}, {"kty": "RSA"}, {"kty": "RSA", "n": 5, "e": []}, {"kty": "EC", "crv": "x"})},
    ),
    "jwks: 50 MB": ("answer", {"jwks": fat_without_length}),
    "jwks: drips": ("slow", {"jwks": drip_body}),
    "jwks: redirect": ("answer", {"jwks": raw(b"", 307, Location="http://127.0.0.1:1/")}),
    "jwks: symmetric key only": ("token", {"jwks": jwks({"kty": "oct", "k": "AAAA", "kid": "one"})}),
    "jwks: key for encryption": ("token", {"jwks": jwks({**KEY.as_dict(private=False), "use": "enc"})}),
    "jwks: two keys, token without kid": (
        "token",
        {"jwks": jwks(KEY, KEY_TWO), "token": claims(header={"alg": "RS256"})},
    ),
    "token: 500": ("answer", {"token": raw(b"oops", 500)}),
    "token: 400 invalid_grant": ("refused", {"token": raw(b'{"error":"invalid_grant"}', 400)}),
    "token: redirect elsewhere": ("answer", {"token": raw(b"", 307, Location="http://127.0.0.1:1/")}),
    "token: no id_token": ("answer", {"token": lambda handler, server: handler.json({"access_token": "a"})}),
    "token: id_token a number": ("answer", {"token": token(lambda server: 5)}),
    "token: id_token junk": ("token", {"token": token(lambda server: "a.b.c")}),
    "token: id_token header not an object": ("token", {"token": token(lambda server: f"{encoded('alg')}.e30.AA")}),
    "token: id_token header deep": ("token", {"token": token(lambda server: f"{encoded(b'[' * 6000)}.e30.AA")}),
    "token: crit a number": (
        "token",
        {"token": token(lambda server: f"{encoded({'alg': 'RS256', 'crit': 5})}.e30.AA")},
    ),
    "token: JWE": ("token", {"token": token(lambda server: "a.b.c.d.e")}),
    "token: after 30 s": ("slow", {"token": slow}),
    "token: drips": ("slow", {"token": drip_body}),
    "token: 50 MB": ("answer", {"token": fat}),
    "id_token: another key, same kid": ("token", {"token": claims(key=OTHER_KEY)}),
    "id_token: unknown kid": ("token", {"token": claims(key=KEY_TWO, header={"alg": "RS256", "kid": "two"})}),
    "id_token: own jwk in header": ("token", {"token": token(own_jwk_in_header)}),
    "id_token: alg none": ("token", {"token": token(none_alg)}),
    "id_token: HS256 with the public key": ("token", {"token": token(hs_with_public_key)}),
    "id_token: claims tampered": ("token", {"token": token(tampered)}),
    "id_token: wrong nonce": ("token", {"token": claims(nonce="m")}),
    "id_token: no nonce": ("token", {"token": claims(nonce=LEFT_OUT)}),
    "id_token: nonce a list with ours": ("token", {"token": claims(nonce=["n"])}),
    "id_token: nonce half surrogate": ("token", {"token": claims(nonce="\ud800")}),
    "id_token: expired": ("token", {"token": claims(exp=now(-120))}),
    "id_token: no exp": ("token", {"token": claims(exp=LEFT_OUT)}),
    "id_token: exp NaN": ("token", {"token": claims(exp=float("nan"))}),
    "id_token: issued in the future": ("token", {"token": claims(iat=now(600))}),
    "id_token: iss another": ("token", {"token": claims(iss="https://evil.example")}),
    "id_token: iss a list": ("token", {"token": token(lambda server: server.signed(iss=[server.issuer]))}),
    "id_token: aud another": ("token", {"token": claims(aud="other")}),
    "id_token: aud another, azp ours": ("token", {"token": claims(aud="other", azp=CLIENT)}),
    "id_token: aud two, no azp": ("token", {"token": claims(aud=[CLIENT, "other"])}),
    "id_token: azp another": ("token", {"token": claims(azp="other")}),
    "id_token: aud [[]]": ("token", {"token": claims(aud=[[]])}),
    "id_token: no sub": ("token", {"token": claims(sub=LEFT_OUT)}),
    "id_token: sub empty": ("token", {"token": claims(sub="")}),
    "id_token: sub a number": ("token", {"token": claims(sub=5)}),
    "id_token: sub 256 long": ("token", {"token": claims(sub="s" * 256)}),
    "id_token: NUL in the user name": ("token", {"token": claims(preferred_username="a\0b")}),
    "id_token: half surrogate in the user name": ("token", {"token": claims(preferred_username="\ud800")}),
    "id_token: at_hash another": ("token", {"token": claims(at_hash="x")}),
    "id_token: groups an object": ("token", {"token": claims(groups={"a": 1})}),
    "id_token: groups of numbers": ("token", {"token": claims(groups=[1])}),
    "id_token: claims a list": ("token", {"token": raw_claims(b"[]")}),
    "id_token: claims deep": ("token", {"token": raw_claims(b"[" * 100_000)}),
    "userinfo: another sub": (
        "token",
        {"token": claims(groups=LEFT_OUT), "userinfo": raw(b'{"sub":"root","groups":["crm-sales"]}')},
    ),
    "userinfo: 500": ("answer", {"token": claims(groups=LEFT_OUT), "userinfo": raw(b"", 500)}),
    "userinfo: drips": ("slow", {"token": claims(groups=LEFT_OUT), "userinfo": drip_body}),
}


def config_of(server: Nonsense, **changes: str) -> Oidc:
    return Oidc(**{"issuer": server.issuer, "client_id": CLIENT, "client_secret": SECRET, **changes})


def attempt(server: Nonsense, **changes: str) -> oidc.Claims:
    provider = oidc.Provider(config_of(server, **changes), back=BACK, whole_seconds=LIMIT)
    provider.begin()
    return provider.finish(PENDING, {"state": "s", "code": "c"})


@pytest.mark.parametrize("name", CASES)
def test_nonsense_and_lateness_let_nobody_in(name: str) -> None:
    kind, tricks = CASES[name]
    with Nonsense(**tricks) as server:
        began = time.monotonic()
        with pytest.raises(Trouble) as caught:
            attempt(server)
        took = time.monotonic() - began
    assert caught.value.kind == kind, caught.value
    assert took < LIMIT + 1
    assert SECRET not in str(caught.value)


def test_the_time_is_that_of_all_answers_together() -> None:
    def late(name: str) -> Trick:
        return lambda handler, server: (server.over.wait(0.6), handler.json(getattr(server, name)()))  # type: ignore[return-value]

    with Nonsense() as server:
        provider = oidc.Provider(config_of(server), back=BACK, whole_seconds=LIMIT)
        provider.begin()
        server.tricks.update(token=late("token"), jwks=late("jwks"))
        with pytest.raises(Trouble, match="slow"):
            provider.finish(PENDING, {"state": "s", "code": "c"})


@pytest.mark.parametrize(
    ("changes", "tricks"),
    [
        ({}, {}),
        ({"groups": "roles"}, {"token": claims(roles="one"), "userinfo": raw(b'{"sub":"wang"}')}),
        ({}, {"token": claims(header={"alg": "RS256"})}),
        (
            {},
            {
                "token": claims(
                    key=PLAIN_KEY, header={"alg": "PS256", "kid": "one", "x5c": ["M" * 3000], "surprise": 1}
                ),
                "jwks": jwks(PLAIN_KEY),
            },
        ),
        ({}, {"token": claims(aud=[CLIENT, "other"], azp=CLIENT)}),
        ({}, {"token": claims(exp=now(-30))}),
        ({}, {"jwks": jwks({"kty": "AKP"}, {"kty": "OKP", "crv": "Ed25519", "x": "AA"}, KEY_TWO, KEY)}),
        ({}, {"token": claims(groups=[f"group-{number}" for number in range(900)])}),
    ],
)
def test_what_providers_rightly_do_is_understood(changes: dict[str, str], tricks: dict[str, Trick]) -> None:
    with Nonsense(**tricks) as server:
        found = attempt(server, **changes)
    assert (found.subject, found.username) == ("wang", "wang.fang")


def test_who_says_nothing_of_groups_takes_none_away() -> None:
    with Nonsense(token=claims(groups=LEFT_OUT)) as server:
        assert attempt(server).groups is None
    with Nonsense(token=claims(groups=[])) as server:
        assert attempt(server).groups == ()


def test_elliptic_keys_are_known_and_weak_ones_are_not() -> None:
    elliptic = ECKey.generate_key("P-256", {"kid": "e"})
    with Nonsense(token=claims(key=elliptic, header={"alg": "ES256", "kid": "e"}), jwks=jwks(elliptic)) as server:
        assert attempt(server).subject == "wang"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        weak = RSAKey.generate_key(1024, {"kid": "w"})
        trick = claims(key=weak, header={"alg": "RS256", "kid": "w"})
        with Nonsense(token=trick, jwks=jwks(weak)) as server, pytest.raises(Trouble, match="no single key"):
            attempt(server)


def test_what_the_provider_says_about_itself_is_kept() -> None:
    with Nonsense() as server:
        provider = oidc.Provider(config_of(server), back=BACK)
        for _ in range(3):
            provider.begin()
            provider.finish(PENDING, {"state": "s", "code": "c"})
        assert server.asked == ["discovery", "token", "jwks", "token", "token"]


@pytest.mark.parametrize(
    "answer",
    [
        {"state": "x", "code": "c"},
        {"code": "c"},
        {"state": "s", "code": "c", "iss": "http://127.0.0.1:1"},
        {"state": "\udcff", "code": "c"},
    ],
)
def test_an_answer_to_something_else_is_refused(answer: dict[str, str]) -> None:
    with Nonsense() as server:
        provider = oidc.Provider(config_of(server), back=BACK)
        for pending in (PENDING, None):
            with pytest.raises(Trouble) as caught:
                provider.finish(pending, answer)
            assert caught.value.kind == "state"


@pytest.mark.parametrize(
    "issuer",
    [
        "http://idp.example",
        "http://10.0.0.1",
        "http://127.0.0.1.evil.example",
        "ftp://127.0.0.1",
        "",
        "//x",
        "https://a@b.example",
        "https://x:99999",
        "https://x/#a",
        "https:// x",
    ],
)
def test_an_issuer_that_is_no_safe_address_is_refused(issuer: str) -> None:
    with pytest.raises(Trouble, match="settings"):
        oidc.Provider(Oidc(issuer, CLIENT, SECRET), back=BACK).begin()


def test_nobody_there_and_a_silent_handshake() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # bound, not listening
        with pytest.raises(Trouble, match="unreachable"):
            oidc.Provider(Oidc(f"http://127.0.0.1:{held.getsockname()[1]}", CLIENT, SECRET), back=BACK).begin()
    with socket.create_server(("127.0.0.1", 0)) as server:
        issuer = f"https://127.0.0.1:{server.getsockname()[1]}"
        with pytest.raises(Trouble, match="slow"):
            oidc.Provider(Oidc(issuer, CLIENT, SECRET), back=BACK, whole_seconds=LIMIT).begin()


def test_a_look_up_that_never_ends_does(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *given, **named: over.wait(30) and [])
    with pytest.raises(Trouble, match="slow"):
        oidc.Provider(Oidc("https://idp.example", CLIENT, SECRET), back=BACK, whole_seconds=LIMIT).begin()
    over.set()
