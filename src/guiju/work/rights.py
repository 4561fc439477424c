"""The rights that this part knows: to see and hand over the work of others."""

from guiju.organisations.registry import Kind, Resource, register_resource

register_resource(
    Resource(
        "work",
        "待办与审批",
        Kind.STRUCTURE,
        {"oversee": "查看别人的待办", "assign": "把待办交给别人"},
    )
)
