"""Minors are found without looking at everybody: a search that tells of one is counted."""

from django.db import migrations, models

INDEX = models.Index(
    condition=models.Q(("minor_until__isnull", False)), fields=["entity", "minor_until"], name="subject_minor"
)


class Migration(migrations.Migration):
    # Made beside those who write: outside of a transaction, and again if it broke off.
    atomic = False
    dependencies = [("privacy", "0015_proofs_to_seal")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    [
                        "SET lock_timeout = '5s'",
                        "SET statement_timeout = '600s'",
                        "CREATE INDEX CONCURRENTLY IF NOT EXISTS subject_minor"
                        " ON privacy_subject (entity_id, minor_until) WHERE minor_until IS NOT NULL",
                        "RESET lock_timeout",
                        "RESET statement_timeout",
                    ],
                    "DROP INDEX CONCURRENTLY IF EXISTS subject_minor",
                )
            ],
            state_operations=[migrations.AddIndex("subject", INDEX)],
        )
    ]
