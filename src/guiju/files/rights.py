"""The rights that this part knows. Who doesn't see what a file belongs to sees no file of it, whatever stands here."""

from guiju.organisations.registry import Kind, Resource, register_resource

register_resource(
    Resource(
        "file",
        "附件",
        Kind.BUSINESS,
        {
            "read": "查看附件",
            "add": "上传附件",
            "change": "改名、备注、分类附件，删去自己上传的",
            "unmask": "打开敏感的附件",
        },
        purposes=frozenset({"service", "sales", "orders", "marketing", "complaints"}),
    )
)
