"""The rights that this part knows: to propose a disposal, to decide it, to hold things back from it."""

from guiju.organisations.registry import Kind, Resource, register_resource

register_resource(
    Resource(
        "archive",
        "销毁与保全",
        Kind.STRUCTURE,
        {
            "read": "查看销毁登记和保全",
            "propose": "提出销毁",
            "decide": "审批销毁",
            "hold": "登记和解除保全",
        },
    )
)
