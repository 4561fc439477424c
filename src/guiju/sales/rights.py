"""The rights that this part knows."""

from guiju.organisations.registry import Kind, Resource, register_resource

register_resource(
    Resource(
        "opportunity",
        "商机",
        Kind.BUSINESS,
        {
            "read": "查看商机",
            "add": "登记商机",
            "change": "修改商机",
            "assign": "分配商机",
            "export": "导出商机",
            "history": "查看商机的修改历史",
            "set_up": "设定销售阶段和输单原因",
        },
    )
)
