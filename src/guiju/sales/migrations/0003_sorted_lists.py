"""Lists of opportunities by amount and by expected close each have an index."""

from django.db import migrations, models

INDEXES = {
    "opportunity_by_amount": "(entity_id, amount DESC NULLS LAST, id DESC)",
    "opportunity_expected": "(entity_id, expected_on, id DESC)",
}


class Migration(migrations.Migration):
    # Made beside those who write: outside of a transaction, and again if it broke off.
    atomic = False
    dependencies = [("sales", "0002_who_sees_what")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    [
                        "SET lock_timeout = '5s'",
                        "SET statement_timeout = '1800s'",
                        *(
                            f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON sales_opportunity {columns}"
                            for name, columns in INDEXES.items()
                        ),
                        "RESET lock_timeout",
                        "RESET statement_timeout",
                    ],
                    [f"DROP INDEX CONCURRENTLY IF EXISTS {name}" for name in INDEXES],
                )
            ],
            state_operations=[
                migrations.AddIndex(
                    "opportunity",
                    models.Index(
                        models.F("entity"),
                        models.OrderBy(models.F("amount"), descending=True, nulls_last=True),
                        models.OrderBy(models.F("id"), descending=True),
                        name="opportunity_by_amount",
                    ),
                ),
                migrations.AddIndex(
                    "opportunity",
                    models.Index(
                        models.F("entity"),
                        models.F("expected_on"),
                        models.OrderBy(models.F("id"), descending=True),
                        name="opportunity_expected",
                    ),
                ),
            ],
        )
    ]
