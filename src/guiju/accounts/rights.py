"""The rights that this part knows: on accounts and on the log of sign-ins."""

from guiju.organisations.registry import Kind, Resource, register_resource

register_resource(
    Resource(
        "account",
        "账号",
        Kind.STRUCTURE,
        {
            "reset": "重置账号",
            "confirm": "核验账号重置",
            "end_sessions": "结束别人的会话",
            "log": "查看登录记录",
        },
        reserved={
            "reset": ("system_admin", "security_admin"),
            "confirm": ("security_admin", "audit_admin"),
            "end_sessions": ("system_admin", "security_admin"),
            "log": ("security_admin", "audit_admin"),
        },
    )
)
