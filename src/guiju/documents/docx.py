"""Word documents by the company's own template (Word 模板): variables in double braces, {{ 客户 }}.

Templates come from people, so they are filled in a process of their own (guiju.documents.filling).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from guiju.kernel.errors import Refused
from guiju.sheets.apart import Ending, read_apart

LARGEST = 5 * 2**20
MOST_SECONDS = 30


def print_docx(template: bytes, data: Mapping[str, Any]) -> bytes:
    """The template with its variables filled (打印 Word 文书); `data` are JSON values.

    Raises `Refused` for what is no Word file or brings something along, for faults in its braces, and for
    a variable without a value.
    """
    if len(template) > LARGEST:
        raise Refused("docx_large", "模板最大5 MB", field="template")
    asked = json.dumps({"template": base64.b64encode(template).decode(), "data": dict(data)}).encode()
    ending, lines = read_apart("guiju.documents.filling", asked, seconds=MOST_SECONDS)
    if ending != Ending.DONE:
        raise Refused(
            "docx_endless", "模板填不了，填了太久，或填出来的太大：请简化里面的循环和运算再试", field="template"
        )
    answer = json.loads(lines[0])
    if "refused" in answer:
        raise Refused(answer["refused"], answer["sentence"], field="template")
    return base64.b64decode(answer["made"])
