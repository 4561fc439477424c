"""Tags and regions each have an index: the list is narrowed by them."""

import django.contrib.postgres.indexes
from django.db import migrations, models

INDEXES = {
    "customer_by_tag": "USING gin (tags jsonb_path_ops) WHERE NOT (tags = '[]')",
    "customer_by_region": "(entity_id, region, made_at DESC) WHERE NOT (region = '')",
}


class Migration(migrations.Migration):
    # Made beside those who write: outside of a transaction, and again if it broke off.
    atomic = False
    dependencies = [("customers", "0017_ties_and_hands")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    [
                        "SET lock_timeout = '5s'",
                        "SET statement_timeout = '1800s'",
                        *(
                            f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON customers_customer {columns}"
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
                    "customer",
                    django.contrib.postgres.indexes.GinIndex(
                        django.contrib.postgres.indexes.OpClass("tags", name="jsonb_path_ops"),
                        condition=models.Q(("tags", []), _negated=True),
                        name="customer_by_tag",
                    ),
                ),
                migrations.AddIndex(
                    "customer",
                    models.Index(
                        fields=["entity", "region", "-made_at"],
                        condition=models.Q(("region", ""), _negated=True),
                        name="customer_by_region",
                    ),
                ),
            ],
        )
    ]
