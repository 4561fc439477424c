"""The documents that come with the program (随程序提供的文书)."""

from pathlib import Path
from uuid import UUID

from guiju.documents.registry import DocumentTemplate, Mark, register_document
from guiju.documents.selectors import proof_address

_HERE = Path(__file__).parent / "typst"

LETTER = register_document(
    DocumentTemplate(
        "letter",
        "公文函件",
        "函、报告、复函：公文式样（GB/T 9704），文头、文号、附件、盖章处",
        _HERE / "letter.typ",
        {
            "number": "甲食函〔2026〕12号",
            "title": "关于投诉转办事项的复函",
            "to": "某某市市场监督管理局",
            "text": "贵局转来的消费者投诉（编号：示例）收悉。现将核查情况函复如下：\n"
            "一、经核查，消费者李𬭊于2026年10月12日在我公司门店购买的商品存在外包装破损，情况属实。\n"
            "二、我公司已于2026年10月15日为消费者办理退货，货款原路退回，消费者表示接受。\n"
            "三、我公司已对门店验收环节作出整改，整改报告附后。\n"
            "特此函复。",
            "attachments": ["退款凭证", "整改报告"],
        },
    )
)
NOTICE = register_document(
    DocumentTemplate(
        "notice",
        "告知书",
        "给客户的书面答复：受理、不受理、处理结果，附救济途径",
        _HERE / "notice.typ",
        {
            "title": "投诉处理结果告知书",
            "to": "张㛃女士",
            "text": "您于2026年10月12日向我公司提出的投诉，现已办结。处理结果如下：",
            "facts": [
                ["投诉编号", "TS-2026-000128"],
                ["诉求", "退货退款"],
                ["处理结果", "同意退货，退款人民币268.00元"],
            ],
            "ways": "对处理结果有异议的，可以在收到本告知书之日起与我公司协商，也可以拨打12315向市场监督管理部门投诉，或者依法申请仲裁、提起诉讼。",
        },
    )
)
LIST = register_document(
    DocumentTemplate(
        "list",
        "清单",
        "横排表格，每页重复表头；几百行也在一秒之内",
        _HERE / "list.typ",
        {
            "title": "期限清单",
            "note": "计时中",
            "columns": ["要办的事", "依据", "到期", "还剩", "经办人"],
            "widths": [4, 4, 2, 2, 2],
            "rows": [
                [f"第{number}项整改", "内部：整改工作制度", "2026-12-08", "还剩6个工作日", "李𬭊"]
                for number in range(1, 31)
            ],
        },
    )
)
DEADLINE = register_document(
    DocumentTemplate(
        "deadline",
        "期限计算说明",
        "一项期限怎样起算、扣除了哪些日子、何时届满，供检查时核对",
        _HERE / "deadline.typ",
        {
            "facts": [
                ["事项", "退货退款（TS-2026-000128）"],
                ["依据", "法定：消费者权益保护法第二十五条"],
                ["期间", "7日"],
                ["起算", "2026年9月28日"],
                ["届满", "2026年10月8日"],
            ],
            "proof": "自2026年9月28日的次日起算7日，10月5日是休假日，顺延至其后第一个工作日，至2026年10月8日止",
            "pauses": [],
            "law": "民法典第二百零三条：“期间的最后一日是法定休假日的，以法定休假日结束的次日为期间的最后一日。”",
        },
    )
)


def sample_mark() -> Mark:
    """A mark like a real one; its address leads to our own public page, which says that there is no such entry."""
    return Mark("0f" * 32, proof_address(UUID(int=0)), "0", "f0" * 32)
