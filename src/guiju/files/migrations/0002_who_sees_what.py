"""Row-level security of files: each belongs to the company that handles it, with its content."""

from django.db import migrations

from guiju.database.policies import TenantForeignKey, TenantTable


class Migration(migrations.Migration):
    dependencies = [("files", "0001_initial"), ("privacy", "0007_keys_checked_once")]

    operations = [
        TenantTable("files_attachment", system={"verifier": "SELECT"}),
        TenantForeignKey("files_attachment", "subject_id", "privacy_subject"),
        TenantForeignKey("files_attachment", "collection_id", "privacy_collection"),
        TenantForeignKey("files_attachment", "by_id", "organisations_member"),
        TenantTable("files_chunk", system={"verifier": "SELECT"}),
        TenantForeignKey("files_chunk", "attachment_id", "files_attachment"),
        # What is sealed doesn't get smaller: nobody tries.
        migrations.RunSQL("ALTER TABLE files_chunk ALTER COLUMN sealed SET STORAGE EXTERNAL", migrations.RunSQL.noop),
    ]
