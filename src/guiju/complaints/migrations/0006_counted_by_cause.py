"""Figures by cause read one index and no rows; what waits to be weighed is found at once."""

from django.db import migrations, models

INCLUDED = [
    "cause",
    "product",
    "channel",
    "holder",
    "closed_at",
    "kind",
    "is_doubtful",
    "is_discarded",
    "is_cause_confirmed",
    "is_in_time",
    "is_repeat",
    "reopened",
    "satisfaction",
]
COLUMNS = ", ".join(f"{one}_id" if one in ("product", "holder") else one for one in INCLUDED)
INDEXES = {
    "complaint_figures": f"(entity_id, received_at) INCLUDE ({COLUMNS})",
    "complaint_of_cause": "(entity_id, cause, received_at DESC, id DESC)",
    "complaint_unweighed": "(entity_id) WHERE is_unweighed",
}


class Migration(migrations.Migration):
    # Made beside those who write: outside of a transaction, and again if it broke off.
    atomic = False
    dependencies = [("complaints", "0005_causes")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    [
                        "SET lock_timeout = '5s'",
                        "SET statement_timeout = '1800s'",
                        *(
                            f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON complaints_complaint {columns}"
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
                    "complaint",
                    models.Index(fields=["entity", "received_at"], include=INCLUDED, name="complaint_figures"),
                ),
                migrations.AddIndex(
                    "complaint",
                    models.Index(fields=["entity", "cause", "-received_at", "-id"], name="complaint_of_cause"),
                ),
                migrations.AddIndex(
                    "complaint",
                    models.Index(fields=["entity"], condition=models.Q(is_unweighed=True), name="complaint_unweighed"),
                ),
            ],
        )
    ]
