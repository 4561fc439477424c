"""The worker: takes jobs from the queue, gives back those whose worker died, and sends notices."""

from __future__ import annotations

import asyncio
import os
import threading

import django

from guiju.database.embedded import die_with_parent

_HEARTBEAT_SECONDS = 3.0
STALLED_SECONDS = 15.0
_LOOK_SECONDS = 5.0


async def _give_back(app) -> None:  # type: ignore[no-untyped-def]
    """Put jobs of dead workers back into the queue; tasks are safe to run twice."""
    while True:
        for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS):
            await app.job_manager.retry_job(job)
        await asyncio.sleep(_LOOK_SECONDS)


async def _work() -> None:
    from procrastinate.contrib.django import app
    from procrastinate.contrib.django.django_connector import DjangoConnector

    connector = app.connector
    assert isinstance(connector, DjangoConnector)
    own = app.with_connector(connector.get_worker_connector())
    async with own.open_async():
        giving_back = asyncio.create_task(_give_back(own))
        try:
            await own.run_worker_async(
                concurrency=2,
                fetch_job_polling_interval=1.0,
                update_heartbeat_interval=_HEARTBEAT_SECONDS,
                stalled_worker_timeout=STALLED_SECONDS,
                shutdown_graceful_timeout=10.0,
                delete_jobs="never",
            )
        finally:
            giving_back.cancel()


def main() -> None:
    die_with_parent()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guiju.project.settings")
    django.setup()
    from guiju.project import carer, notifier

    stop = threading.Event()
    # Not daemons: a call that is on its way brings its word before the process ends.
    loops = [threading.Thread(target=one.run, args=[stop], name=one.__name__) for one in (notifier, carer)]
    for one in loops:
        one.start()
    try:
        asyncio.run(_work())
    finally:
        stop.set()
        for one in loops:
            one.join()


if __name__ == "__main__":
    main()
