from django.urls import path

from guiju.customers.views.lists import save_list
from guiju.orders.views import exports, imports, orders, products

urlpatterns = [
    path("orders/", orders.order_list, name="order_list"),
    path("orders/save/", save_list, {"kind": "orders"}, name="save_order_list"),
    path("orders/export/", exports.export_orders, name="export_orders"),
    path("orders/add/", orders.add_order, name="add_order"),
    path("orders/customers/", orders.suggest_order_customers, name="suggest_order_customers"),
    path("orders/<uuid:order_id>/", orders.order_detail, name="order_detail"),
    path("orders/<uuid:order_id>/change/", orders.change_order, name="change_order"),
    path("orders/<uuid:order_id>/deliver/", orders.deliver_order, name="deliver_order"),
    path("orders/<uuid:order_id>/return/", orders.return_order, name="return_order"),
    path("orders/<uuid:order_id>/refund/", orders.refund_order, name="refund_order"),
    path("orders/<uuid:order_id>/undo/", orders.undo_step, name="undo_step"),
    path("orders/<uuid:order_id>/void/", orders.void_order, name="void_order"),
    path("orders/import/", imports.import_orders, name="import_orders"),
    path("orders/import/template.xlsx", imports.order_template, name="order_template"),
    path("orders/import/<uuid:table_id>/", imports.table_import, name="table_import"),
    path("orders/import/<uuid:table_id>/map/", imports.map_table_import, name="map_table_import"),
    path("orders/import/<uuid:table_id>/undo/", imports.undo_table_import, name="undo_table_import"),
    path("orders/import/<uuid:table_id>/sheet/", imports.choose_table_sheet, name="choose_table_sheet"),
    path("orders/import/<uuid:table_id>/drop/", imports.drop_table_import, name="drop_table_import"),
    path("orders/import/<uuid:table_id>/errors.xlsx", imports.table_import_errors, name="table_import_errors"),
    path("orders/products/", products.product_list, name="product_list"),
    path("orders/products/add/", products.add_product, name="add_product"),
    path("orders/products/suggest/", products.suggest_products, name="suggest_products"),
    path("orders/products/import/", imports.import_products, name="import_products"),
    path("orders/products/import/template.xlsx", imports.product_template, name="product_template"),
    path("orders/products/<uuid:product_id>/", products.product_detail, name="product_detail"),
    path("orders/products/<uuid:product_id>/change/", products.change_product, name="change_product"),
    path("orders/products/<uuid:product_id>/end/", products.end_product, name="end_product"),
    path("orders/products/<uuid:product_id>/resume/", products.resume_product, name="resume_product"),
]
