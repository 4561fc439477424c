"""The loop that looks after complaints: a thread of the worker. Any number of workers may run it at once."""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime

import psycopg
from django.db import Error, close_old_connections, connections

_LOOK_SECONDS = 0.5
_LONGEST_PAUSE = 10.0

_log = logging.getLogger("guiju.complaints")


def run(stop: threading.Event) -> None:
    """Confirm what came in and tell how it stands until `stop` is set; with the database away, wait and go on."""
    from guiju.complaints.services.care import care_for_complaints
    from guiju.complaints.services.weighing import care_for_causes

    pause = _LOOK_SECONDS
    while not stop.is_set():
        try:
            done = care_for_complaints(at=datetime.now(UTC))
            done += care_for_causes(at=datetime.now(UTC))
            pause = _LOOK_SECONDS
        except Exception as failure:
            if isinstance(failure, (Error, psycopg.Error)):
                _log.error("投诉没有照管：%s", str(failure).strip().splitlines()[0])
            else:
                _log.exception("投诉没有照管")
            close_old_connections()
            done, pause = 0, min(pause * 2, _LONGEST_PAUSE)
        if not done:
            stop.wait(pause)
    connections.close_all()
