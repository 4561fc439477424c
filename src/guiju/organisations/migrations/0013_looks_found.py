"""Looks at minors are found by whom they showed, however many there were."""

import django.contrib.postgres.indexes
from django.db import migrations, models


class Migration(migrations.Migration):
    # Made beside those who write: outside of a transaction, and again if it broke off.
    atomic = False
    dependencies = [("organisations", "0012_whom_it_showed")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    [
                        "SET lock_timeout = '5s'",
                        "SET statement_timeout = '600s'",
                        "CREATE INDEX CONCURRENTLY IF NOT EXISTS disclosure_records"
                        " ON organisations_disclosure USING gin (records jsonb_path_ops) WHERE sort = 'minor'",
                        "RESET lock_timeout",
                        "RESET statement_timeout",
                    ],
                    "DROP INDEX CONCURRENTLY IF EXISTS disclosure_records",
                )
            ],
            state_operations=[
                migrations.AddIndex(
                    "disclosure",
                    django.contrib.postgres.indexes.GinIndex(
                        django.contrib.postgres.indexes.OpClass("records", name="jsonb_path_ops"),
                        condition=models.Q(("sort", "minor")),
                        name="disclosure_records",
                    ),
                )
            ],
        )
    ]
