"""The few people of whom something is only stored are found without looking at everybody."""

from django.db import migrations, models

INDEX = models.Index(
    condition=models.Q(("frozen_at__isnull", False), models.Q(("frozen_fields", {}), _negated=True), _connector="OR"),
    fields=["entity"],
    name="subject_frozen",
)


class Migration(migrations.Migration):
    # Made beside those who write: outside of a transaction, and again if it broke off.
    atomic = False
    dependencies = [("privacy", "0005_who_sees_cleanups")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    [
                        "SET lock_timeout = '5s'",
                        "SET statement_timeout = '600s'",
                        "CREATE INDEX CONCURRENTLY IF NOT EXISTS subject_frozen ON privacy_subject (entity_id)"
                        " WHERE frozen_at IS NOT NULL OR NOT (frozen_fields = '{}'::jsonb)",
                        "RESET lock_timeout",
                        "RESET statement_timeout",
                    ],
                    "DROP INDEX CONCURRENTLY IF EXISTS subject_frozen",
                )
            ],
            state_operations=[migrations.AddIndex("subject", INDEX)],
        )
    ]
