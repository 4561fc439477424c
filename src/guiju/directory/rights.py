"""The rights that this part knows: on what comes in from files and from a directory, on groups and roles."""

from guiju.organisations.registry import Kind, Resource, register_resource

register_resource(
    Resource(
        "directory",
        "组织目录",
        Kind.STRUCTURE,
        {"intake": "导入组织和人员、同步企业目录", "map": "设定目录的组对应哪些角色"},
        reserved={"intake": ("system_admin",), "map": ("security_admin",)},
    )
)
