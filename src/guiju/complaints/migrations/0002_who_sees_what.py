"""Row-level security of complaints: each belongs to the company that is complained of."""

from django.db import migrations

from guiju.database.policies import TenantForeignKey, TenantTable


class Migration(migrations.Migration):
    dependencies = [("complaints", "0001_initial"), ("orders", "0002_who_sees_what")]

    operations = [
        TenantTable("complaints_complaint", system={"verifier": "SELECT"}),
        TenantForeignKey("complaints_complaint", "customer_id", "customers_customer"),
        TenantForeignKey("complaints_complaint", "order_id", "orders_order"),
        TenantForeignKey("complaints_complaint", "product_id", "orders_product"),
        TenantForeignKey("complaints_complaint", "holder_id", "organisations_member"),
        TenantForeignKey("complaints_complaint", "made_by_id", "organisations_member"),
        TenantTable("complaints_step", system={"verifier": "SELECT"}),
        TenantForeignKey("complaints_step", "complaint_id", "complaints_complaint"),
        TenantForeignKey("complaints_step", "by_id", "organisations_member"),
    ]
