"""A customer has one open lead.

Where two are open, this stops and names the customer: one of them is given up under the version before, so that the
log has an entry for it. Closed here, without one, it would count as tampered with.
"""

from django.db import migrations, models

NAME = "lead_open_once"


class Migration(migrations.Migration):
    # Made beside those who write: outside of a transaction, and from the start if it broke off.
    atomic = False
    dependencies = [("sales", "0006_bulk")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    [
                        "SET lock_timeout = '5s'",
                        "SET statement_timeout = '1800s'",
                        f"DROP INDEX CONCURRENTLY IF EXISTS {NAME}",
                        f"CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS {NAME} ON sales_lead (entity_id, customer_id)"
                        " WHERE state = 'open'",
                        "RESET lock_timeout",
                        "RESET statement_timeout",
                    ],
                    f"DROP INDEX CONCURRENTLY IF EXISTS {NAME}",
                )
            ],
            state_operations=[
                migrations.AddConstraint(
                    "lead",
                    models.UniqueConstraint(
                        fields=("entity", "customer"), condition=models.Q(("state", "open")), name=NAME
                    ),
                )
            ],
        )
    ]
