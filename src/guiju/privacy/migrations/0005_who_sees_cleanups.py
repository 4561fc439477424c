"""Row-level security of searches for data held against the law.

What was found, in numbers, is structure: who looks after privacy in a company above sees it. Whose it is is business.
"""

from django.db import migrations

from guiju.database.policies import IN_STRUCTURE, TenantForeignKey, TenantTable


class Migration(migrations.Migration):
    dependencies = [("privacy", "0004_cleanup"), ("archives", "0002_who_sees_what")]

    operations = [
        TenantTable("privacy_cleanup", inside=IN_STRUCTURE, system={"verifier": "SELECT"}),
        TenantForeignKey("privacy_cleanup", "disposal_id", "archives_disposal"),
        TenantTable("privacy_cleanupfinding", rights="SELECT, INSERT"),
        TenantForeignKey("privacy_cleanupfinding", "cleanup_id", "privacy_cleanup"),
    ]
