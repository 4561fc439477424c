"""Row-level security of opportunities: each belongs to the company that wants to sell."""

from django.db import migrations

from guiju.database.policies import TenantForeignKey, TenantTable


class Migration(migrations.Migration):
    dependencies = [("sales", "0001_initial"), ("customers", "0002_who_sees_what")]

    operations = [
        TenantTable("sales_opportunity", system={"verifier": "SELECT"}),
        TenantForeignKey("sales_opportunity", "customer_id", "customers_customer"),
        TenantForeignKey("sales_opportunity", "owner_id", "organisations_member"),
        TenantForeignKey("sales_opportunity", "made_by_id", "organisations_member"),
        TenantTable("sales_pipeline", system={"verifier": "SELECT"}),
        TenantTable("sales_todo", system={"verifier": "SELECT"}),
        TenantForeignKey("sales_todo", "member_id", "organisations_member"),
        TenantForeignKey("sales_todo", "customer_id", "customers_customer"),
    ]
