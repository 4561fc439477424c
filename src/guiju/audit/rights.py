"""The rights that this part knows: on the log."""

from guiju.organisations.registry import Kind, Resource, register_resource

register_resource(
    Resource(
        "evidence",
        "存证",
        Kind.STRUCTURE,
        {"read": "查看存证", "verify": "核对存证", "witness": "登记外部见证"},
        # Whoever changes records doesn't also say who vouches for the log.
        reserved={"witness": ("audit_admin",)},
    )
)
