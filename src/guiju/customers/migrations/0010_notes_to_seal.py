"""The notes that lie open still are found without looking at the others."""

from django.db import migrations, models

INDEX = models.Index(
    condition=models.Q(("text__in", ["", "（已删除）"]), _negated=True), fields=["entity"], name="note_unsealed"
)


class Migration(migrations.Migration):
    # Made beside those who write: outside of a transaction, and again if it broke off.
    atomic = False
    dependencies = [("customers", "0009_sealed_notes")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    [
                        "SET lock_timeout = '5s'",
                        "SET statement_timeout = '600s'",
                        "CREATE INDEX CONCURRENTLY IF NOT EXISTS note_unsealed ON customers_note (entity_id)"
                        " WHERE NOT (text IN ('', '（已删除）'))",
                        "RESET lock_timeout",
                        "RESET statement_timeout",
                    ],
                    "DROP INDEX CONCURRENTLY IF EXISTS note_unsealed",
                )
            ],
            state_operations=[migrations.AddIndex("note", INDEX)],
        )
    ]
