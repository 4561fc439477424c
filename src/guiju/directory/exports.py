"""What goes out as a table: templates, and the differences of a list."""

from __future__ import annotations

from guiju.directory.models import Intake
from guiju.directory.services import people_list, structure_list
from guiju.directory.services.lines import Line
from guiju.web.tables import xlsx_bytes

_EXAMPLES = {
    Intake.Sort.PEOPLE: ("（示例，请删除）", "张三", "公司名称或代码", "销售部/华东组", "销售经理", "", "", "在职"),
    Intake.Sort.STRUCTURE: ("（示例，请删除）公司名称或代码", "销售部/华东组", "负责人的用户名", "", ""),
}


def template_file(sort: str) -> bytes:
    """An empty list with its header and one example, which no company's name matches."""
    if sort == Intake.Sort.STRUCTURE:
        return xlsx_bytes(
            "组织架构", structure_list.COLUMNS, [_EXAMPLES[Intake.Sort.STRUCTURE]], widths=(36, 26, 18, 30, 8)
        )
    return xlsx_bytes(
        "人员名单", people_list.COLUMNS, [_EXAMPLES[Intake.Sort.PEOPLE]], widths=(18, 12, 36, 26, 16, 26, 16, 8)
    )


def lines_file(found: Intake) -> bytes:
    """Every line of a list and what becomes of it."""
    lines = map(Line.from_json, found.lines)
    rows = ((one.number or None, one.deed.label, one.what, "；".join(one.words)) for one in lines)
    return xlsx_bytes("变动", ("行号", "变动", "对象", "内容"), rows, widths=(6, 8, 36, 80))
