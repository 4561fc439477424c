"""Writes src/guiju/project/first_schema.sql: what all migrations tell an empty database.

make docs
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from django.core.management import call_command
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from guiju.project.first_schema import FILE, recorded, theirs, written
from tools import scratch  # sets Django up, so it comes first


def recorded_anew() -> str:
    """The file as the migrations make it now; on an empty database, which is full afterwards."""
    owner = connections["owner"]
    loader = MigrationLoader(owner)
    executor = MigrationExecutor(owner)
    executor.migrate(theirs(loader))
    with recorded(owner) as statements:
        call_command("migrate", database="owner", verbosity=0, interactive=False)
    owner.close()
    return written(statements, loader)


def main() -> None:
    scratch.start()
    try:
        FILE.write_text(recorded_anew(), "utf-8")
    finally:
        scratch.stop()


if __name__ == "__main__":
    main()
