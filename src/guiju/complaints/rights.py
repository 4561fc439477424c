"""The rights that this part knows."""

from guiju.kernel.identifiers import phone
from guiju.organisations.registry import Field, Kind, Resource, register_resource

register_resource(
    Resource(
        "complaint",
        "投诉",
        Kind.BUSINESS,
        {
            "read": "查看投诉",
            "add": "登记投诉",
            "import": "导入平台和以前的投诉",
            "handle": "受理、办理、答复、办结投诉",
            "assign": "分派投诉",
            "export": "导出投诉",
            "approve": "审批超过额度的处理结果",
            "limit": "设定处理结果的审批额度",
            "count": "看投诉的统计，不看个案",
            "rectify": "办理整改任务",
            "set_up": "设定投诉的原因、负责的部门和整改的门槛",
            "oversee": "看所有投诉的期限，听到逾期的",
        },
        purposes=frozenset({"complaints", "compliance"}),
        fields={"phone": Field("投诉人的电话", phone.mask)},
    )
)
