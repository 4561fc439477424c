"""The rights that this part knows. An order is in the hands of whoever has its customer in hand."""

from guiju.organisations.registry import Kind, Resource, register_resource

register_resource(
    Resource(
        "product",
        "产品与服务",
        Kind.BUSINESS,
        {
            "read": "查看产品与服务",
            "change": "登记、修改、下架产品与服务",
            "import": "导入产品与服务",
            "history": "查看产品与服务的修改历史",
        },
        purposes=frozenset({"orders"}),
    )
)
register_resource(
    Resource(
        "order",
        "订单",
        Kind.BUSINESS,
        {
            "read": "查看订单",
            "add": "登记订单",
            "change": "修改、交付、退货、作废订单",
            "refund": "登记退款",
            "undo": "撤销退货、退款的登记",
            "import": "导入订单",
            "export": "导出订单",
            "history": "查看订单的修改历史",
        },
        purposes=frozenset({"orders", "service", "complaints", "compliance"}),
    )
)
