"""What was merged into a customer is found without looking at everybody, and lies in the same company."""

from django.db import migrations, models

INDEX = models.Index(
    condition=models.Q(("merged_into__isnull", False)), fields=["entity", "merged_into"], name="customer_merged"
)
TWIN = "customers_customer_merged_into_id_same_entity"


class Migration(migrations.Migration):
    # Made beside those who write: outside of a transaction, and again if it broke off.
    atomic = False
    dependencies = [("customers", "0006_merges")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    [
                        "SET lock_timeout = '5s'",
                        "SET statement_timeout = '600s'",
                        "CREATE INDEX CONCURRENTLY IF NOT EXISTS customer_merged"
                        " ON customers_customer (entity_id, merged_into_id) WHERE merged_into_id IS NOT NULL",
                        f"ALTER TABLE customers_customer DROP CONSTRAINT IF EXISTS {TWIN}",
                        f"ALTER TABLE customers_customer ADD CONSTRAINT {TWIN} FOREIGN KEY (entity_id, merged_into_id)"
                        " REFERENCES customers_customer (entity_id, id) DEFERRABLE INITIALLY DEFERRED NOT VALID",
                        f"ALTER TABLE customers_customer VALIDATE CONSTRAINT {TWIN}",
                        "RESET lock_timeout",
                        "RESET statement_timeout",
                    ],
                    f"ALTER TABLE customers_customer DROP CONSTRAINT {TWIN};"
                    " DROP INDEX CONCURRENTLY IF EXISTS customer_merged",
                )
            ],
            state_operations=[migrations.AddIndex("customer", INDEX)],
        )
    ]
