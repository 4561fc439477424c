"""Row-level security of customers: each belongs to the company that handles it."""

from django.db import migrations

from guiju.database.policies import TenantForeignKey, TenantTable


class Migration(migrations.Migration):
    dependencies = [("customers", "0001_initial"), ("privacy", "0002_who_sees_what")]

    operations = [
        TenantTable("customers_customer", system={"verifier": "SELECT"}),
        TenantForeignKey("customers_customer", "subject_id", "privacy_subject"),
        TenantForeignKey("customers_customer", "owner_id", "organisations_member"),
        TenantForeignKey("customers_customer", "made_by_id", "organisations_member"),
        TenantTable("customers_contact", system={"verifier": "SELECT"}),
        TenantForeignKey("customers_contact", "subject_id", "privacy_subject"),
        TenantForeignKey("customers_contact", "customer_id", "customers_customer"),
        TenantTable("customers_note", system={"verifier": "SELECT"}),
        TenantForeignKey("customers_note", "customer_id", "customers_customer"),
        TenantForeignKey("customers_note", "by_id", "organisations_member"),
        TenantTable("customers_poolrule", system={"verifier": "SELECT"}),
        TenantTable("customers_poolview", rights="SELECT, INSERT, DELETE"),
        TenantForeignKey("customers_poolview", "member_id", "organisations_member"),
        TenantForeignKey("customers_poolview", "customer_id", "customers_customer"),
        TenantTable("customers_bulkact", system={"verifier": "SELECT"}),
        TenantForeignKey("customers_bulkact", "member_id", "organisations_member"),
        TenantTable("customers_customerimport"),
        TenantForeignKey("customers_customerimport", "member_id", "organisations_member"),
    ]
