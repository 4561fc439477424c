"""Which column of a file is which part of a complaint, by the names that platforms and shops usually give it.

No list of the columns of 12315 or ODR is published: what isn't recognised is named by whoever imports.
"""

from __future__ import annotations

from guiju.complaints.models import Complaint
from guiju.orders.mapping import FIELDS, Column

KIND = "complaints"

COLUMNS = {
    "source_no": Column(
        "原编号", ("编号", "投诉编号", "登记编号", "工单号", "工单编号", "案件编号", "投诉单号", "售后单号")
    ),
    "received_at": Column(
        "收到时间",
        (
            "投诉时间",
            "登记时间",
            "提交时间",
            "投诉日期",
            "登记日期",
            "接收时间",
            "申请时间",
            "创建时间",
            "收到日期",
            "时间",
        ),
        is_needed=True,
    ),
    "text": Column(
        "投诉内容",
        (
            "内容",
            "问题描述",
            "投诉事由",
            "事由",
            "诉求内容",
            "具体问题",
            "事项",
            "描述",
            "投诉问题",
            "投诉描述",
            "问题",
        ),
        is_needed=True,
    ),
    "name": Column(
        "投诉人", ("姓名", "消费者", "消费者姓名", "投诉人姓名", "提供方姓名", "买家", "联系人", "称呼", "客户姓名")
    ),
    "phone": Column(
        "手机", ("联系电话", "电话", "手机号", "手机号码", "联系方式", "投诉人电话", "投诉人手机", "消费者电话")
    ),
    "wish": Column("诉求", ("投诉请求", "消费者诉求", "诉求类型", "期望处理方式")),
    "order_no": Column("订单号", ("订单编号", "交易单号")),
    "product": Column("产品或服务", ("商品", "商品名称", "产品", "产品名称", "商品或服务", "服务名称", "涉及商品")),
    "happened_on": Column("发生日期", ("购买日期", "消费日期", "事发日期", "发生时间", "消费时间", "购买时间")),
    "state": Column("状态", ("办理状态", "处理状态", "当前状态", "投诉状态")),
    "closed_at": Column("办结时间", ("办结日期", "完成时间", "处理完成时间", "结案时间", "反馈时间", "关闭时间")),
    "result": Column("处理结果", ("办理结果", "反馈内容", "处理意见", "调解结果", "结果", "商家回复", "处理情况")),
}
FIELDS[KIND] = COLUMNS

ENDED = {
    **dict.fromkeys(
        (
            "已办结",
            "办结",
            "已完成",
            "完成",
            "已解决",
            "已关闭",
            "关闭",
            "已结案",
            "结案",
            "调解成功",
            "和解",
            "已处理",
            "已反馈",
            "已撤诉",
            "撤诉",
        ),
        Complaint.State.CLOSED,
    ),
    **dict.fromkeys(("不予受理", "不受理", "已驳回"), Complaint.State.REFUSED),
}
OPEN = frozenset(
    [
        "待处理",
        "处理中",
        "办理中",
        "待受理",
        "已受理",
        "受理中",
        "待反馈",
        "未办结",
        "未处理",
        "待分派",
        "调解中",
        "进行中",
    ]
)
_WISH_WORDS = {
    "退款": "refund",
    "退货": "refund",
    "换货": "exchange",
    "更换": "exchange",
    "修理": "repair",
    "维修": "repair",
    "赔偿": "compensation",
    "赔礼": "apology",
    "道歉": "apology",
}


def wish_of(words: str) -> str:
    """What somebody wants, by the first word for it that stands there; else something of their own."""
    found = [(words.index(word), code) for word, code in _WISH_WORDS.items() if word in words]
    return min(found)[1] if found else "other" if words else ""
