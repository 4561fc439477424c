"""Models and migrations agree, and the SQL of our migrations passes squawk.

Runs against a database of its own, as the tests do.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from django.apps import apps
from django.core.management import call_command
from django.db import connections
from django.db.migrations.loader import MigrationLoader

from tools import scratch  # sets Django up, so it comes first

FOUNDING = {
    ("evidence", "0001_initial"),
    ("evidence", "0002_insert_only"),
    ("organisations", "0001_initial"),
    ("organisations", "0002_who_sees_what"),
    ("review", "0001_initial"),
    ("review", "0002_who_sees_what"),
}
"""They make their tables, where nobody can wait for a lock or hold a row yet; all others are linted."""

REPLACED = "ban-drop-constraint"
"""A list of allowed values grows by replacing its constraint; nobody but our own services writes."""


def main() -> int:
    scratch.start()
    try:
        try:
            call_command("makemigrations", check=True, dry_run=True, verbosity=1)
        except SystemExit:
            print("模型与迁移不一致：请运行 makemigrations", file=sys.stderr)
            return 1
        return lint()
    finally:
        connections.close_all()
        scratch.stop()


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
        return subprocess.run([squawk, "--exclude", REPLACED, *files], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
