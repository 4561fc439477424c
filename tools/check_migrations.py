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
    ("evidence", "0003_one_log"),
    ("organisations", "0001_initial"),
    ("organisations", "0002_who_sees_what"),
    ("review", "0001_initial"),
    ("review", "0002_who_sees_what"),
    ("accounts", "0001_initial"),
    ("accounts", "0002_who_sees_what"),
    ("work", "0001_initial"),
    ("work", "0002_who_sees_what"),
    ("access", "0001_initial"),
    ("access", "0002_who_sees_what"),
    ("directory", "0001_initial"),
    ("directory", "0002_who_sees_what"),
    ("access", "0003_succession"),
    ("access", "0004_who_sees_successions"),
    ("deadlines", "0001_initial"),
    ("deadlines", "0002_who_sees_what"),
    ("deadlines", "0003_duties"),
    ("deadlines", "0004_who_sees_duties"),
    ("notifications", "0001_initial"),
    ("notifications", "0002_who_sees_what"),
    ("keys", "0001_initial"),
    ("keys", "0002_who_sees_what"),
    ("privacy", "0001_initial"),
    ("privacy", "0002_who_sees_what"),
    ("customers", "0001_initial"),
    ("customers", "0002_who_sees_what"),
    ("files", "0001_initial"),
    ("files", "0002_who_sees_what"),
    ("orders", "0001_initial"),
    ("orders", "0002_who_sees_what"),
    ("sales", "0001_initial"),
    ("sales", "0002_who_sees_what"),
    ("complaints", "0001_initial"),
    ("complaints", "0002_who_sees_what"),
    ("safekeeping", "0001_initial"),
    ("safekeeping", "0002_who_sees_what"),
    ("safekeeping", "0003_restorations"),
    ("safekeeping", "0004_who_sees_restorations"),
    ("archives", "0001_initial"),
    ("archives", "0002_who_sees_what"),
    ("evidence", "0004_erasures"),
    ("evidence", "0005_erasure_by_disposal"),
    ("privacy", "0004_cleanup"),
    ("privacy", "0005_who_sees_cleanups"),
}
"""They make their tables, where nobody can wait for a lock or hold a row yet; all others are linted."""

REPLACED = "ban-drop-constraint"
"""A list of allowed values grows by replacing its constraint; nobody but our own services writes."""

LOOSENED = {("files", "0004_from_outside"): "ban-drop-not-null"}
"""A column that may be empty from now on, which all that reads it knows in the same release."""

OF_SMALL_TABLES = {
    ("organisations", "0005_roles_as_data"),
    ("organisations", "0006_people_and_departments"),
    ("organisations", "0007_disclosures"),
}
"""They rebuild tables of some thousand rows (roles, grants, people) within a lock_timeout, while no
web server runs: locks that would hurt a table of customers are over in milliseconds there."""

SMALL_ENOUGH = (
    REPLACED,
    "adding-foreign-key-constraint",
    "adding-not-nullable-field",
    "ban-drop-default",
    "ban-drop-table",
    "constraint-missing-not-valid",
    "disallowed-unique-constraint",
    "prefer-text-field",
    "require-concurrent-index-creation",
)


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
        worst = 0
        squawk = Path(sys.executable).with_name("squawk")
        for key in sorted(key for key in loader.disk_migrations if key[0] in ours and key not in FOUNDING):
            file = Path(folder) / f"{'.'.join(key)}.sql"
            with file.open("w") as out:
                call_command("sqlmigrate", *key, database="owner", stdout=out, no_color=True)
            allowed = SMALL_ENOUGH if key in OF_SMALL_TABLES else (REPLACED, *filter(None, [LOOSENED.get(key)]))
            worst = max(worst, subprocess.run([squawk, "--exclude", ",".join(allowed), file], check=False).returncode)
        return worst


if __name__ == "__main__":
    sys.exit(main())
