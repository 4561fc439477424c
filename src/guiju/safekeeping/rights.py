"""The rights that this part knows: who sees how backups stand."""

from guiju.organisations.registry import Kind, Resource, register_resource

register_resource(
    Resource(
        "backup",
        "备份",
        Kind.STRUCTURE,
        {"read": "查看备份和恢复演练"},
        # What is backed up, and since when it can't be restored, tells an intruder when to strike.
        reserved={"read": ("system_admin", "audit_admin")},
    )
)
