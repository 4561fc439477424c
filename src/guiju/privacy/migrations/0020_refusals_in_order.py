"""The list of those who refuse shows the newest first without looking at all of them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    # Made beside those who write: outside of a transaction, and again if it broke off.
    atomic = False
    dependencies = [("privacy", "0019_refusals_and_endings")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    [
                        "SET lock_timeout = '5s'",
                        "SET statement_timeout = '600s'",
                        "CREATE INDEX CONCURRENTLY IF NOT EXISTS refusal_newest"
                        " ON privacy_refusal (entity_id, at DESC, id DESC)",
                        "RESET lock_timeout",
                        "RESET statement_timeout",
                    ],
                    "DROP INDEX CONCURRENTLY IF EXISTS refusal_newest",
                )
            ],
            state_operations=[
                migrations.AddIndex("refusal", models.Index(fields=["entity", "-at", "-id"], name="refusal_newest"))
            ],
        )
    ]
