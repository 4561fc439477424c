"""The rights that this part knows: on companies, departments, people, roles and relations."""

from guiju.kernel.identifiers import email, phone
from guiju.organisations.registry import Field, Kind, Resource, register_resource

register_resource(
    Resource(
        "company",
        "公司",
        Kind.STRUCTURE,
        {
            "read": "查看公司",
            "register": "登记公司",
            "change": "修改公司的登记信息",
            "import": "导入公司",
            "export": "导出公司名录",
            "history": "查看公司的修改历史",
        },
        reserved={"register": ("system_admin",), "change": ("system_admin",), "import": ("system_admin",)},
    )
)
register_resource(
    Resource(
        "member",
        "成员",
        Kind.STRUCTURE,
        {
            "read": "查看成员",
            "add": "加入成员",
            "change": "修改成员的资料",
            "export": "导出成员名单",
            "unmask": "查看成员电话、邮箱的明文",
            "end": "办理离职",
            "substitute": "安排代理",
        },
        fields={"email": Field("电子邮箱", email.mask), "phone": Field("手机", phone.mask)},
        reserved={"add": ("system_admin",), "change": ("system_admin",), "end": ("system_admin",)},
    )
)
register_resource(
    Resource(
        "role",
        "角色与权限",
        Kind.STRUCTURE,
        {"read": "查看权限分级表", "change": "设立和修改角色", "grant": "授予和收回角色", "explain": "查询谁能看什么"},
        reserved={"change": ("security_admin",), "grant": ("security_admin",)},
    )
)
register_resource(
    Resource(
        "relation",
        "公司间数据关系",
        Kind.STRUCTURE,
        {"read": "查看公司间数据关系", "agree": "登记和终止公司间数据关系"},
    )
)
register_resource(
    Resource(
        "disclosure",
        "明文与导出",
        Kind.STRUCTURE,
        {"read": "查看明文和导出的记录", "settle": "处置告警"},
        reserved={"read": ("security_admin", "audit_admin"), "settle": ("security_admin",)},
    )
)
