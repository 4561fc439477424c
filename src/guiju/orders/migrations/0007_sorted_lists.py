"""Lists of orders and products in each of their orders, and orders that were delivered, have an index."""

from django.db import migrations, models
from django.db.models import F, OrderBy, Q

INDEXES = {
    "order_delivered": (
        "orders_order",
        "(entity_id, ordered_on DESC, id DESC)"
        " WHERE delivered_on IS NOT NULL AND refunded_on IS NULL AND returned_on IS NULL",
    ),
    "order_by_amount": ("orders_order", "(entity_id, amount DESC, id DESC)"),
    "product_by_price": ("orders_product", "(entity_id, price DESC NULLS LAST, id DESC)"),
    "product_newest": ("orders_product", "(entity_id, made_at DESC, id DESC)"),
}


class Migration(migrations.Migration):
    # Made beside those who write: outside of a transaction, and again if it broke off.
    atomic = False
    dependencies = [("orders", "0005_imports_undone")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    [
                        "SET lock_timeout = '5s'",
                        "SET statement_timeout = '1800s'",
                        *(
                            f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON {table} {columns}"
                            for name, (table, columns) in INDEXES.items()
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
                    models.Index(
                        fields=["entity", "-ordered_on", "-id"],
                        condition=Q(delivered_on__isnull=False, returned_on=None, refunded_on=None),
                        name="order_delivered",
                    ),
                ),
                migrations.AddIndex("order", models.Index(fields=["entity", "-amount", "-id"], name="order_by_amount")),
                migrations.AddIndex(
                    "product",
                    models.Index(
                        F("entity"),
                        OrderBy(F("price"), descending=True, nulls_last=True),
                        OrderBy(F("id"), descending=True),
                        name="product_by_price",
                    ),
                ),
                migrations.AddIndex(
                    "product", models.Index(fields=["entity", "-made_at", "-id"], name="product_newest")
                ),
            ],
        )
    ]
