"""An identity provider that misbehaves as told: a real HTTP server on loopback.

`Nonsense(token=trick)` answers at /token by the trick, a function of the handler and this server;
without one the normal answer is given.
"""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from joserfc import jws
from joserfc.jwk import RSAKey

KEY, OTHER_KEY = (RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"}) for _ in range(2))
KEY_TWO = RSAKey.generate_key(2048, {"kid": "two", "use": "sig", "alg": "RS256"})
CLIENT = "guiju"
LEFT_OUT = object()


def encoded(data: Any) -> str:
    whole = data if isinstance(data, bytes) else json.dumps(data).encode()
    return base64.urlsafe_b64encode(whole).rstrip(b"=").decode()


class Handler(BaseHTTPRequestHandler):
    outer: Nonsense

    def log_message(self, *arguments: Any) -> None:
        pass

    def do_GET(self) -> None:
        name = {"/.well-known/openid-configuration": "discovery"}.get(self.path, self.path.strip("/"))
        self.outer.asked.append(name)
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            trick = self.outer.tricks.get(name)
            if trick:
                trick(self, self.outer)
            else:
                self.json(getattr(self.outer, name)())
        except OSError:
            pass  # the client has gone
        self.close_connection = True

    do_POST = do_GET  # noqa: N815 -- the name that the server looks for

    def json(self, value: Any, status: int = 200) -> None:
        self.raw(json.dumps(value).encode(), status)

    def raw(self, body: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


Trick = Callable[[Handler, "Nonsense"], None]


class Nonsense:
    def __init__(self, nonce: str = "n", **tricks: Trick) -> None:
        self.nonce, self.tricks = nonce, tricks
        self.asked: list[str] = []
        self.over = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Own", (Handler,), {"outer": self}))
        self.issuer = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def __enter__(self) -> Nonsense:
        return self

    def __exit__(self, *failure: object) -> None:
        self.over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def discovery(self, **changes: Any) -> dict[str, Any]:
        places = {"authorization_endpoint": "/auth", "token_endpoint": "/token", "jwks_uri": "/jwks"}
        normal = {name: self.issuer + path for name, path in {**places, "userinfo_endpoint": "/userinfo"}.items()}
        return {"issuer": self.issuer, **normal, **changes}

    def jwks(self) -> dict[str, Any]:
        return {"keys": [KEY.as_dict(private=False)]}

    def userinfo(self) -> dict[str, Any]:
        return {"sub": "wang"}

    def claims(self, **changes: Any) -> dict[str, Any]:
        now = int(time.time())
        normal = {
            "iss": self.issuer,
            "sub": "wang",
            "aud": CLIENT,
            "iat": now,
            "exp": now + 600,
            "nonce": self.nonce,
            "preferred_username": "wang.fang",
            "groups": ["crm-sales"],
        }
        whole = {name: value for name, value in {**normal, **changes}.items() if value is not LEFT_OUT}
        return {name: value() if callable(value) else value for name, value in whole.items()}

    def signed(self, key: Any = KEY, header: dict[str, Any] | None = None, **changes: Any) -> str:
        registry = jws.JWSRegistry(algorithms=["RS256", "PS256", "ES256"], strict_check_header=False)
        registry.max_header_length = 10_000
        body = json.dumps(self.claims(**changes))
        return jws.serialize_compact(header or {"alg": "RS256", "kid": "one"}, body, key, registry=registry)

    def token(self, **changes: Any) -> dict[str, Any]:
        return {"access_token": "a", "token_type": "Bearer", "id_token": self.signed(), **changes}
