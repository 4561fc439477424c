"""The proofs that lie open still are found without looking at the others."""

from django.db import migrations, models

INDEX = models.Index(
    condition=models.Q(("proof__in", ["", "（已销毁）"]), _negated=True), fields=["entity"], name="consent_unsealed"
)


class Migration(migrations.Migration):
    # Made beside those who write: outside of a transaction, and again if it broke off.
    atomic = False
    dependencies = [("privacy", "0014_sealed_proofs")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    [
                        "SET lock_timeout = '5s'",
                        "SET statement_timeout = '600s'",
                        "CREATE INDEX CONCURRENTLY IF NOT EXISTS consent_unsealed ON privacy_consent (entity_id)"
                        " WHERE NOT (proof IN ('', '（已销毁）'))",
                        "RESET lock_timeout",
                        "RESET statement_timeout",
                    ],
                    "DROP INDEX CONCURRENTLY IF EXISTS consent_unsealed",
                )
            ],
            state_operations=[migrations.AddIndex("consent", INDEX)],
        )
    ]
