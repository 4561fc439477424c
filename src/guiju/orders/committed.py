"""Which columns of this part the log commits to."""

from guiju.evidence.registry import Committed, commit, exclude
from guiju.orders.models import Order, Product

commit(
    Committed(
        Product,
        subject_type="orders.product",
        version=1,
        fields=(
            "id",
            "entity_id",
            "code",
            "name",
            "kind",
            "sector",
            "approval",
            "unit",
            "price",
            "made_at",
            "changed_at",
            "ended_at",
        ),
    )
)
commit(
    Committed(
        Order,
        subject_type="orders.order",
        version=1,
        is_about_people=True,
        fields=(
            "id",
            "entity_id",
            "number",
            "customer_id",
            "product_id",
            "ordered_on",
            "quantity",
            "amount",
            "delivered_on",
            "returned_on",
            "returned_quantity",
            "return_ground",
            "refunded_on",
            "refunded_amount",
            "voided_at",
            "made_by_id",
            "made_at",
            "changed_at",
        ),
        derived={"number_keys": "made from the number, to find it by"},
    )
)
exclude("orders_tableimport", why="a file on its way in; what it brings is committed")
