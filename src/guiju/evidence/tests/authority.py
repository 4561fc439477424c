"""A real time-stamp authority on loopback: `openssl ts` behind an HTTP server."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

_SETTINGS = """
[tsa]
default_tsa = one
[one]
serial = {folder}/serial
signer_cert = {folder}/tsa.crt
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
accuracy = secs:1
ordering = yes
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


def _openssl(*arguments: str, folder: Path) -> None:
    subprocess.run(
        ["openssl", *arguments], cwd=folder, check=True, capture_output=True, stdin=subprocess.DEVNULL, timeout=60
    )


class Authority:
    """Answers with time stamps; `lie` may replace the answer's bytes or its status."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lie: Callable[[bytes], tuple[int, bytes]] = lambda answer: (200, answer)
        (folder / "tsa.cnf").write_text(_SETTINGS.format(folder=folder))
        (folder / "serial").write_text("01\n")
        (folder / "tsa.ext").write_text(
            "extendedKeyUsage=critical,timeStamping\nbasicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature\n"
        )
        self.certify("root.crt", "root.key", "tsa.crt", "tsa.key")

    def certify(self, root: str, root_key: str, leaf: str, leaf_key: str) -> None:
        subject = "/CN=Test Root/O=Guiju"
        _openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", root_key, "-out", root, "-subj", subject,
                 "-days", "3650", folder=self.folder)  # fmt: skip
        _openssl("req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", leaf_key, "-out", "tsa.csr",
                 "-subj", "/CN=Test TSA/O=Guiju", folder=self.folder)  # fmt: skip
        _openssl("x509", "-req", "-in", "tsa.csr", "-CA", root, "-CAkey", root_key, "-CAcreateserial", "-out", leaf,
                 "-days", "3650", "-extfile", "tsa.ext", folder=self.folder)  # fmt: skip

    def answer(self, query: bytes) -> bytes:
        (self.folder / "query").write_bytes(query)
        _openssl("ts", "-reply", "-config", "tsa.cnf", "-queryfile", "query", "-out", "reply", folder=self.folder)
        return (self.folder / "reply").read_bytes()


@contextmanager
def authority() -> Iterator[tuple[Authority, str]]:
    """The authority and its address."""
    with tempfile.TemporaryDirectory(prefix="tsa") as place:
        made = Authority(Path(place))

        class Asked(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                query = self.rfile.read(int(self.headers["Content-Length"]))
                status, body = made.lie(made.answer(query))
                self.send_response(status)
                self.send_header("Content-Type", "application/timestamp-reply")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Asked)
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield made, f"http://127.0.0.1:{server.server_address[1]}/tsr"
        finally:
            server.shutdown()
            server.server_close()
