"""The list of those who refuse shows the newest first without looking at all of them; a correction of a notice is one
of the same company."""

from django.db import migrations, models

TWIN = "privacy_privacynotice_corrected_by_id_same_entity"


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
                        f"ALTER TABLE privacy_privacynotice DROP CONSTRAINT IF EXISTS {TWIN}",
                        f"ALTER TABLE privacy_privacynotice ADD CONSTRAINT {TWIN} FOREIGN KEY (entity_id, corrected_by_id)"
                        " REFERENCES privacy_privacynotice (entity_id, id) DEFERRABLE INITIALLY DEFERRED NOT VALID",
                        f"ALTER TABLE privacy_privacynotice VALIDATE CONSTRAINT {TWIN}",
                        "RESET lock_timeout",
                        "RESET statement_timeout",
                    ],
                    [
                        f"ALTER TABLE privacy_privacynotice DROP CONSTRAINT IF EXISTS {TWIN}",
                        "DROP INDEX CONCURRENTLY IF EXISTS refusal_newest",
                    ],
                )
            ],
            state_operations=[
                migrations.AddIndex("refusal", models.Index(fields=["entity", "-at", "-id"], name="refusal_newest"))
            ],
        )
    ]
