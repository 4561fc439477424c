"""A real mail server on loopback, on whichever port is free."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aiosmtpd.controller import Controller


class _AnyPort(Controller):
    """The library looks for itself on the port that it was told; 0 means whichever is free."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]  # type: ignore[union-attr,attr-defined]
        super()._trigger_server()


@contextmanager
def mail_server(takes: Any) -> Iterator[int]:
    """The port of a server whose mails go to `takes`."""
    controller = _AnyPort(takes, hostname="127.0.0.1", port=0)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()
