"""Models and migrations agree, and the SQL of our migrations passes squawk.

Needs no database: the schema editor collects its SQL against a connection that is never opened.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import conftest  # a data folder and a PostgreSQL of their own, as for the tests
from django.apps import apps
from django.core.management import call_command
from django.db import connections
from django.db.migrations.loader import MigrationLoader

from guiju.database.provision import provision

FOUNDING = {
    ("evidence", "0001_initial"),
    ("evidence", "0002_insert_only"),
    ("organisations", "0001_initial"),
    ("organisations", "0002_who_sees_what"),
}
"""They make their tables, where nobody can wait for a lock or hold a row yet; all others are linted."""


def main() -> int:
    conftest._server.initialise()
    conftest._server.start()
    provision(conftest._database, ours=True)
    try:
        try:
            call_command("makemigrations", check=True, dry_run=True, verbosity=1)
        except SystemExit:
            print("模型与迁移不一致：请运行 makemigrations", file=sys.stderr)
            return 1
        return lint()
    finally:
        connections.close_all()
        conftest.pytest_unconfigure()


def lint() -> int:
    loader = MigrationLoader(connections["owner"])
    ours = {config.label for config in apps.get_app_configs() if config.name.startswith("guiju.")}
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for label, name in sorted(key for key in loader.disk_migrations if key[0] in ours and key not in FOUNDING):
            file = Path(folder) / f"{label}.{name}.sql"
            with file.open("w") as out:
                call_command("sqlmigrate", label, name, database="owner", stdout=out, no_color=True)
            files.append(file)
        if not files:
            return 0
        squawk = Path(sys.executable).with_name("squawk")
        return subprocess.run([squawk, *files], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
