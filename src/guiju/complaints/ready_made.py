"""The papers of this part (投诉的文书)."""

from pathlib import Path

from guiju.documents.registry import DocumentTemplate, register_document

AGREEMENT = register_document(
    DocumentTemplate(
        "complaint_agreement",
        "和解协议",
        "投诉双方约定的处理结果，带编号和摘要，双方签字",
        Path(__file__).parent / "typst" / "agreement.typ",
        {
            "consumer": "张㛃女士（手机 138****5678）",
            "number": "TS261129-7K3Q4M8-X2V1",
            "about": "收到的时候外包装破了，里面的也坏了两个",
            "terms": ["退款 268.00 元：原路退回，三日内到账", "赔偿 50.00 元：作为运费和误工的补偿"],
            "agreed": "乙方于2026年11月29日表示同意：消费者在进度页上同意。",
        },
    )
)
