"""Word documents by the company's own template (Word 模板): variables in double braces, {{ 客户 }}.

Templates come from people, so they are run in a sandbox and can only print.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Any

from docx.opc.exceptions import PackageNotFoundError
from docxtpl import DocxTemplate
from jinja2 import StrictUndefined, TemplateError
from jinja2.exceptions import SecurityError, TemplateSyntaxError, UndefinedError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from guiju.kernel.errors import Refused

LARGEST = 5 * 2**20
_LARGEST_UNPACKED = 50 * 2**20


def print_docx(template: bytes, data: Mapping[str, Any]) -> bytes:
    """The template with its variables filled (打印 Word 文书).

    Raises `Refused` for what is no Word file, for faults in its braces, and for a variable without a value.
    """
    opened = _opened(template)
    rules = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=True)
    try:
        opened.render(dict(data), jinja_env=rules)
    except UndefinedError as fault:
        name = str(fault).split("'")[1] if "'" in str(fault) else str(fault)
        known = "、".join(data)
        raise Refused("docx_variable", f"模板里的“{name}”没有值；可以用的有：{known}", field="template") from None
    except TemplateSyntaxError as fault:
        raise Refused("docx_braces", f"模板里的花括号写错了：{fault.message}", field="template") from None
    except (SecurityError, TemplateError, OverflowError) as fault:
        raise Refused("docx_forbidden", f"模板里有不能用的写法：{fault}", field="template") from None
    made = io.BytesIO()
    opened.save(made)
    return made.getvalue()


def variables_of(template: bytes) -> frozenset[str]:
    """The variables that a template names; raises `Refused`."""
    try:
        return frozenset(_opened(template).get_undeclared_template_variables())
    except TemplateSyntaxError as fault:
        raise Refused("docx_braces", f"模板里的花括号写错了：{fault.message}", field="template") from None


def _opened(template: bytes) -> DocxTemplate:
    if len(template) > LARGEST:
        raise Refused("docx_large", "模板最大5 MB", field="template")
    try:
        with zipfile.ZipFile(io.BytesIO(template)) as packed:
            if sum(one.file_size for one in packed.infolist()) > _LARGEST_UNPACKED:
                raise Refused("docx_large", "模板展开后太大", field="template")
        opened = DocxTemplate(io.BytesIO(template))
        opened.init_docx()
    except (zipfile.BadZipFile, PackageNotFoundError, KeyError, ValueError, OSError):
        raise Refused("docx_shape", "这不是 Word 文件（docx）", field="template") from None
    return opened
