"""Row-level security of emergency access and reviews: structure, since heads and reviewers sit above."""

from django.db import migrations

from guiju.database.policies import IN_STRUCTURE, TenantForeignKey, TenantTable


class Migration(migrations.Migration):
    dependencies = [("access", "0001_initial"), ("organisations", "0007_disclosures"), ("work", "0002_who_sees_what")]

    operations = [
        TenantTable("access_emergencyaccess", inside=IN_STRUCTURE, system={"verifier": "SELECT"}),
        TenantForeignKey("access_emergencyaccess", "member_id", "organisations_member"),
        TenantTable("access_rightsreview", inside=IN_STRUCTURE, system={"verifier": "SELECT"}),
        TenantTable("access_reviewline", inside=IN_STRUCTURE, system={"verifier": "SELECT"}),
        TenantForeignKey("access_reviewline", "review_id", "access_rightsreview"),
        TenantForeignKey("access_reviewline", "held_id", "organisations_memberrole"),
        TenantForeignKey("access_reviewline", "reviewer_id", "organisations_member"),
    ]
