"""The rights that this part knows: on the catalogue, notices and consents."""

from guiju.organisations.registry import Kind, Resource, register_resource

register_resource(
    Resource(
        "catalogue",
        "字段台账",
        Kind.STRUCTURE,
        {
            "read": "查看字段台账",
            "change": "登记和修改字段",
            "assess": "做影响评估",
            "decide": "审批影响评估",
            "publish": "发布隐私告知",
        },
    )
)
register_resource(
    Resource(
        "consent",
        "同意",
        Kind.BUSINESS,
        {"record": "登记和撤回同意", "read": "查看同意记录"},
        purposes=frozenset({"compliance", "service"}),
    )
)
register_resource(
    Resource(
        "subject",
        "个人信息",
        Kind.BUSINESS,
        {"freeze": "冻结个人信息（仅存储）和解冻"},
        purposes=frozenset({"compliance"}),
    )
)
register_resource(
    Resource(
        "cleanup",
        "数据清理",
        Kind.STRUCTURE,
        {"read": "查看违规数据清理和必要性报告", "run": "查找违规数据"},
    )
)
register_resource(
    Resource(
        "minor",
        "未成年人信息",
        Kind.BUSINESS,
        {"ask": "申请查看未成年人信息", "decide": "批准查看未成年人信息"},
        purposes=frozenset({"compliance"}),
    )
)
register_resource(
    Resource(
        "refusal",
        "拒收名单",
        Kind.BUSINESS,
        {"read": "查看拒收名单", "add": "登记拒收", "import": "导入拒收名单", "export": "导出拒收名单"},
        purposes=frozenset({"compliance", "service"}),
    )
)
register_resource(
    Resource(
        "provision",
        "提供的记录",
        Kind.BUSINESS,
        {"read": "查看提供、委托处理的记录"},
        purposes=frozenset({"compliance"}),
    )
)
register_resource(
    Resource(
        "message",
        "本人留言",
        Kind.BUSINESS,
        {"answer": "查看和办理本人的网上留言"},
        purposes=frozenset({"compliance", "service"}),
    )
)
