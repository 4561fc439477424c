"""The poster for shops (投诉海报)."""

from pathlib import Path

from guiju.documents.registry import DocumentTemplate, register_document

POSTER = register_document(
    DocumentTemplate(
        "complaint_poster",
        "投诉入口海报",
        "贴在门店：二维码、公司、门店、地址、营业时间和12315的途径",
        Path(__file__).parent / "typst" / "poster.typ",
        {
            "shop": "示例门店",
            "address": "https://example.com/complain/91330106000000043D/",
            "picture": '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 2 2"><path d="M0 0h1v1H0z"/></svg>',
            "facts": [["地址", "某市某路1号"], ["营业时间", "9:00—21:00"]],
        },
    )
)
