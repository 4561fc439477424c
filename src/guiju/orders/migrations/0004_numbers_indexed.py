"""The indexes of order numbers, and of the states that few orders are in."""

import django.contrib.postgres.indexes
from django.db import migrations, models

_NEWEST = "(entity_id, ordered_on DESC, id DESC)"

INDEXES = {
    "order_by_number": "USING gin (number_keys jsonb_path_ops)",
    "order_open": f"{_NEWEST} WHERE delivered_on IS NULL AND refunded_on IS NULL AND voided_at IS NULL",
    "order_refunded_newest": f"{_NEWEST} WHERE refunded_on IS NOT NULL AND voided_at IS NULL",
    "order_void": f"{_NEWEST} WHERE voided_at IS NOT NULL",
}

STATES = {
    "order_open": models.Q(("delivered_on", None), ("refunded_on", None), ("voided_at", None)),
    "order_refunded_newest": models.Q(("refunded_on__isnull", False), ("voided_at", None)),
    "order_void": models.Q(("voided_at__isnull", False)),
}


class Migration(migrations.Migration):
    # Made beside those who write: outside of a transaction, and again if it broke off.
    atomic = False
    dependencies = [("orders", "0003_numbers_found")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    [
                        "SET lock_timeout = '5s'",
                        "SET statement_timeout = '1800s'",
                        *(
                            f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON orders_order {columns}"
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
                    "order",
                    django.contrib.postgres.indexes.GinIndex(
                        django.contrib.postgres.indexes.OpClass("number_keys", name="jsonb_path_ops"),
                        name="order_by_number",
                    ),
                ),
                *(
                    migrations.AddIndex(
                        "order",
                        models.Index(fields=["entity", "-ordered_on", "-id"], condition=condition, name=name),
                    )
                    for name, condition in STATES.items()
                ),
            ],
        )
    ]
