"""What stands in a state and stage has its order in an index, which serves the board as the one before did."""

from django.db import migrations, models

NAME, BEFORE = "opportunity_by_stage", "opportunity_on_board"


class Migration(migrations.Migration):
    # Made beside those who write: outside of a transaction, and again if it broke off.
    atomic = False
    dependencies = [("sales", "0007_one_open_lead")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    [
                        "SET lock_timeout = '5s'",
                        "SET statement_timeout = '1800s'",
                        f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {NAME}"
                        " ON sales_opportunity (entity_id, state, stage, staged_at, id DESC)",
                        f"DROP INDEX CONCURRENTLY IF EXISTS {BEFORE}",
                        "RESET lock_timeout",
                        "RESET statement_timeout",
                    ],
                    [
                        f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {BEFORE}"
                        " ON sales_opportunity (entity_id, state, stage)",
                        f"DROP INDEX CONCURRENTLY IF EXISTS {NAME}",
                    ],
                )
            ],
            state_operations=[
                migrations.RemoveIndex("opportunity", BEFORE),
                migrations.AddIndex(
                    "opportunity",
                    models.Index(fields=["entity", "state", "stage", "staged_at", "-id"], name=NAME),
                ),
            ],
        )
    ]
