"""The OpenID provider of the tests, started on loopback."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

import requests

FOLDER = Path(__file__).parent
SECRET = "a secret: with + and %"
IS_HERE = shutil.which("node") is not None and (FOLDER / "node_modules" / "oidc-provider").exists()


@contextmanager
def provider(users: dict[str, dict[str, Any]], *backs: str, is_lean: bool = False) -> Iterator[str]:
    """Runs until the block ends; its issuer. `users`: login → password, preferred_username, groups."""
    words = {"USERS": json.dumps(users), "CLIENT_SECRET": SECRET, "LEAN": "1" if is_lean else ""}
    process = subprocess.Popen(
        ["node", FOLDER / "provider.mjs", *backs],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, **words},
    )
    assert process.stdin is not None and process.stdout is not None
    try:
        yield str(json.loads(process.stdout.readline())["issuer"])
    finally:
        process.stdin.close()
        process.wait(10)
        process.stdout.close()


def configure(folder: Path, issuer: str, **more: str) -> None:
    """Write the provider into a data folder, as an administrator does."""
    values = {
        "issuer": issuer,
        "client_id": "guiju",
        "client_secret": SECRET,
        "scope": "openid profile groups",
        **more,
    }
    path = folder / "directory.toml"
    path.write_text("[oidc]\n" + "\n".join(f'{name} = "{value}"' for name, value in values.items()))
    path.chmod(0o600)


def browse(address: str, login: str, password: str, *, do: str = "login") -> dict[str, str]:
    """What a browser does at the provider: to the form, send it, on until our address; its query."""
    with requests.Session() as browser:
        page = browser.get(address, timeout=10)
        action = re.search(r'action="([^"]+)"', page.text)
        assert action is not None, page.text
        form = {"login": login, "password": password, "do": do}
        step = browser.post(urljoin(page.url, action[1]), form, allow_redirects=False, timeout=10)
        home = urlsplit(address).netloc
        while urlsplit(urljoin(step.url, step.headers["Location"])).netloc == home:
            where = urljoin(step.url, step.headers["Location"])
            step = browser.get(where, allow_redirects=False, timeout=10)
        return dict(parse_qsl(urlsplit(step.headers["Location"]).query))
