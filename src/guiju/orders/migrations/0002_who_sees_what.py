"""Row-level security of products and orders: each belongs to the company that sells."""

from django.db import migrations

from guiju.database.policies import TenantForeignKey, TenantTable


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial"), ("customers", "0002_who_sees_what")]

    operations = [
        TenantTable("orders_product", system={"verifier": "SELECT"}),
        TenantTable("orders_order", system={"verifier": "SELECT"}),
        TenantForeignKey("orders_order", "customer_id", "customers_customer"),
        TenantForeignKey("orders_order", "product_id", "orders_product"),
        TenantForeignKey("orders_order", "made_by_id", "organisations_member"),
        TenantTable("orders_tableimport"),
        TenantForeignKey("orders_tableimport", "member_id", "organisations_member"),
    ]
