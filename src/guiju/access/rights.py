"""The rights that this part knows: on emergency access and on the review of rights."""

from guiju.organisations.registry import Kind, Resource, register_resource

register_resource(
    Resource(
        "emergency",
        "紧急授权",
        Kind.STRUCTURE,
        {"ask": "申请紧急授权", "decide": "批准紧急授权", "review": "复核紧急授权"},
    )
)
register_resource(
    Resource(
        "review",
        "权限复核",
        Kind.STRUCTURE,
        {"read": "查看权限复核", "confirm": "复核没有部门负责人的人的权限", "oversee": "督办逾期的权限复核"},
    )
)
register_resource(
    Resource(
        "administrator",
        "管理员的接任",
        Kind.STRUCTURE,
        {"replace": "让人接任离开的管理员"},
        reserved={"replace": ("system_admin", "security_admin", "audit_admin")},
    )
)
