"""The loop that sends notices: a thread of the worker, or a process of its own."""

from __future__ import annotations

import logging
import os
import threading
from contextlib import suppress
from datetime import UTC, datetime

import django
import psycopg
from django.db import Error, close_old_connections, connections

_LOOK_SECONDS = 0.5
_LONGEST_PAUSE = 10.0

_log = logging.getLogger("guiju.notifications")


def run(stop: threading.Event) -> None:
    """Send what is due until `stop` is set; with the database away, wait and go on."""
    from guiju.notifications.services.leading import Leadership
    from guiju.notifications.services.sending import Post

    leadership, pause = Leadership(), _LOOK_SECONDS
    with Post(lambda: datetime.now(UTC)) as post:
        while not stop.is_set():
            try:
                leads = leadership.is_new()
                if leads and (cut := post.pick_up()):
                    _log.warning("上次有%d条通知发送中断：能凭编号再问的再发一次，其余标为不确定", cut)
                if leads is None:
                    post.finish()
                moved = post.round(wait_seconds=_LOOK_SECONDS / 10) if leads is not None else 0
                pause = _LOOK_SECONDS
            except Exception as failure:
                if isinstance(failure, (Error, psycopg.Error)):
                    _log.error("通知没有发出：%s", str(failure).strip().splitlines()[0])
                else:
                    _log.exception("通知没有发出")
                leadership.give_up()
                close_old_connections()
                moved, pause = 0, min(pause * 2, _LONGEST_PAUSE)
            if not moved:
                stop.wait(pause)
        with suppress(Error, psycopg.Error):
            post.finish()
        leadership.give_up()
    connections.close_all()


def main() -> None:
    from guiju.database.embedded import die_with_parent

    die_with_parent()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guiju.project.settings")
    django.setup()
    run(threading.Event())


if __name__ == "__main__":
    main()
