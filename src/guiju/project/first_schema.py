"""All tables at once, for a database that is empty (首次建表).

A hundred migrations take ten seconds, nearly all of them spent on imagining the models between two of them; what
they tell the database takes one. `first_schema.sql` holds those statements, as `make docs` recorded them from the
migrations; where it doesn't fit the migrations of this program they are run one by one, as they are on every
database that holds something.
"""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.sql import emit_post_migrate_signal
from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

FILE = Path(__file__).with_name("first_schema.sql")
_MARK, _ROLE = "-- ", "{role}_"
_OF_ROWS = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE)\b", re.IGNORECASE)
"""What migrations ask and change where there are rows: an empty database has none."""


def ours(loader: MigrationLoader) -> list[tuple[str, str]]:
    """The migrations of this program, without those of the libraries, which are few and quick."""
    return sorted(key for key, one in loader.disk_migrations.items() if one.__module__.startswith("guiju."))


def theirs(loader: MigrationLoader) -> list[tuple[str, str]]:
    """The last ones of the libraries."""
    apps = {app for app, _ in ours(loader)}
    return [key for key in loader.graph.leaf_nodes() if key[0] not in apps]


def digest_of(loader: MigrationLoader) -> str:
    """The digest of our migrations as they are written."""
    total = hashlib.sha256()
    for app, name in ours(loader):
        module = sys.modules[loader.disk_migrations[app, name].__module__]
        source = Path(str(module.__file__)).read_bytes()
        total.update(f"{app}.{name} {len(source)}\n".encode() + source)
    return total.hexdigest()


def make_tables(executor: MigrationExecutor) -> bool:
    """Make all tables of an empty database; False where it isn't empty, or the file is of other migrations."""
    loader, connection = executor.loader, executor.connection
    if loader.applied_migrations or not FILE.is_file():
        return False
    mark, _, statements = FILE.read_text("utf-8").partition("\n")
    if mark != _MARK + digest_of(loader):
        return False
    executor.migrate(theirs(loader))
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        cursor.execute(statements.replace(_ROLE, f"{settings.GUIJU_ROLE_PREFIX}_"))
        done = executor.recorder.Migration
        done.objects.using(connection.alias).bulk_create(
            done(app=app, name=name, applied=timezone.now()) for app, name in ours(loader)
        )
    emit_post_migrate_signal(0, False, connection.alias)
    return True


@contextmanager
def recorded(connection: BaseDatabaseWrapper) -> Iterator[list[str]]:
    """Every statement that makes something, as it is sent to the database."""
    found: list[str] = []

    def keep(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        text = str(sql) if params is None else context["cursor"].cursor.mogrify(sql, params)
        if not _OF_ROWS.match(text):
            found.append(text.strip().rstrip(";"))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(keep):
        yield found


def written(statements: list[str], loader: MigrationLoader) -> str:
    """The file: its first line tells of which migrations it is. Nobody waits on an empty table."""
    text = ";\n".join(statements) + ";\n"
    # A default of rows that were there before a column was, dropped by the statement after the next.
    text = re.sub(r"SET DEFAULT '[0-9a-f-]{32,36}'::uuid", "SET DEFAULT gen_random_uuid()", text)
    text = text.replace("INDEX CONCURRENTLY", "INDEX").replace(f'"{settings.GUIJU_ROLE_PREFIX}_', f'"{_ROLE}')
    return f"{_MARK}{digest_of(loader)}\n{text}"
