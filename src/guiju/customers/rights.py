"""The rights that this part knows, and the fields that it treats one by one: by category, not by name."""

from guiju.organisations.registry import Field, Kind, Resource, register_resource
from guiju.privacy.masking import LABELS, MASKS

register_resource(
    Resource(
        "customer",
        "客户",
        Kind.BUSINESS,
        {
            "read": "查看客户",
            "add": "登记客户",
            "change": "修改客户",
            "assign": "分配客户",
            "tag": "给客户加标签",
            "claim": "查看和领取公海客户",
            "pool": "设定公海规则",
            "import": "导入客户",
            "export": "导出客户",
            "merge": "合并客户",
            "unmask": "查看客户敏感字段的明文",
            "history": "查看客户的修改历史",
        },
        purposes=frozenset({"service", "sales", "orders", "marketing", "complaints"}),
        fields={category: Field(label, MASKS.get(category, lambda text: "***")) for category, label in LABELS.items()},
    )
)
