"""A data folder and an embedded PostgreSQL of their own, for tests, checks and measurements.

Importing this sets Django up against them; `start` makes and migrates the database, `stop` removes
everything. Row-level security holds as in the real one: migrated as the owner, used as the app.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import django

from guiju.database.embedded import EmbeddedServer, place_for
from guiju.database.provision import Database, provision
from guiju.project.folder import open_folder

NAME = "guiju"

folder = open_folder(Path(tempfile.mkdtemp(prefix="guiju-scratch-")) / "data", make=True)
server = EmbeddedServer(
    place_for(folder.path, folder.instance),
    folder.secrets["superuser"],
    settings=("fsync=off", "full_page_writes=off", "synchronous_commit=off"),
)
database = Database(NAME, server.url(NAME), folder.secrets)

# Django reads these when it is set up.
os.environ.update(
    DJANGO_SETTINGS_MODULE="guiju.project.settings",
    GUIJU_DATA=str(folder.path),
    GUIJU_DATABASE_NAME=NAME,
    DATABASE_URL=database.without_sign_in(),
    GUIJU_MIGRATES="1",
    # The gateways and mail servers of the tests.
    GUIJU_INTERNAL_HOSTS="127.0.0.1,::1",
)
django.setup()
# A process that is started for a share of the tests must not be set up against this one's server.
del os.environ["DJANGO_SETTINGS_MODULE"]


def start() -> None:
    """Roles and an empty database; running it again changes nothing."""
    if server.process is None:
        server.initialise()
        server.start()
        provision(database, ours=True)


def fill() -> None:
    """Tables and static files."""
    from django.core.management import call_command

    from guiju.project.prepare import migrate

    migrate()
    call_command("collectstatic", verbosity=0, interactive=False)


def stop() -> None:
    server.stop(immediately=True)
    home = server.place.cluster.parent if server.place.account else folder.path
    shutil.rmtree(home, ignore_errors=True)
    shutil.rmtree(server.place.run, ignore_errors=True)
    shutil.rmtree(folder.path.parent, ignore_errors=True)
