"""Fills one Word template in a process of its own, with a limit on memory and time.

    python -I -m guiju.documents.filling < JSON      {"template": base64, "data": {…}}

Answers with {"made": base64}, or with {"refused": code, "sentence": …}.
"""

from __future__ import annotations

import base64
import io
import json
import re
import sys
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

from docx.opc.exceptions import PackageNotFoundError
from docx.oxml.ns import qn
from docxtpl import DocxTemplate
from jinja2 import FunctionLoader, StrictUndefined, TemplateError, TemplateNotFound, Undefined, UndefinedError
from jinja2.exceptions import SecurityError, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from lxml import etree
from markupsafe import Markup, escape

from guiju.kernel.errors import Refused
from guiju.sheets.apart import Ending, limit

_LARGEST_UNPACKED = 50 * 2**20
_LONGEST_FILLED = 10**7
_NO_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_PLACEHOLDER = re.compile(r"(?<=\{)_(?=[{%])|(?<=[}%])_(?=\})")
"""What the engine turns into braces at the end; it may stand in a value."""

_ALONG = ("vbaProject", "oleObject", "package", "aFChunk", "control", "attachedTemplate", "subDocument")
_FETCHING = re.compile(r"^\s*(DDEAUTO|DDE|INCLUDETEXT|INCLUDEPICTURE|INCLUDE|LINK|IMPORT|DATABASE)\b", re.M | re.I)


class _Unknown(StrictUndefined):
    """A variable without a value; what it raises says its name and nothing else."""

    @property
    def _undefined_message(self) -> str:
        return "" if self._undefined_name is None else str(self._undefined_name)


class _Empty(Undefined):
    """A variable whose value is null: it can be asked for, compared and gone through, and isn't printed."""

    __slots__ = ()
    _undefined_message = _Unknown._undefined_message
    __str__ = Undefined._fail_with_undefined_error


class _Template(DocxTemplate):  # type: ignore[misc]
    """A template whose filled parts are XML: the engine itself drops without a word what is none, or is too long."""

    def render_xml_part(self, *given: Any, **named: Any) -> str:
        made: str = super().render_xml_part(*given, **named)
        if len(made) > _LONGEST_FILLED:
            raise _refused("docx_large", "模板填好后太大：请少放些内容")
        etree.fromstring(made.encode())
        return made


class Filling:
    """The rules under which a template is filled, with the names of its data."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._groups: dict[int, str] = {}
        self._known = "、".join(data)
        self.data = self._named(data, "")
        self.rules = ImmutableSandboxedEnvironment(
            undefined=_Unknown, autoescape=True, finalize=self._printed, loader=FunctionLoader(lambda name: None)
        )
        del self.rules.filters["safe"]  # a customer's name would be read as XML

    def _named(self, value: Any, path: str) -> Any:
        if value is None:
            return _Empty(name=path)
        if isinstance(value, Mapping):
            made: Any = {name: self._named(one, f"{path}.{name}".lstrip(".")) for name, one in value.items()}
        elif isinstance(value, list):
            made = [self._named(one, f"{path}.{number}") for number, one in enumerate(value, 1)]
        else:
            return value
        self._groups[id(made)] = path
        return made

    def _printed(self, value: Any) -> Any:
        if isinstance(value, Undefined):
            return str(value)  # raises
        if isinstance(value, bool):
            return "是" if value else "否"
        if not isinstance(value, (str, int, float)):
            name = self._groups.get(id(value))
            raise _refused(
                "docx_value",
                f"模板里的“{name}”是一组数据，不能直接打印：请写明打印其中哪一项"
                if name
                else "模板里有一处要打印的不是文字：请改成变量的名称",
            )
        text = str(value if isinstance(value, Markup) else escape(_NO_XML.sub("", str(value))))
        return Markup(_PLACEHOLDER.sub("&#95;", text))  # noqa: S704 -- escaped in the line above

    def fill(self, template: bytes) -> bytes:
        opened, made = _opened(template), io.BytesIO()
        try:
            opened.render(self.data, jinja_env=self.rules)
        except UndefinedError as fault:
            name = fault.message
            raise _refused(
                "docx_variable",
                f"模板里的“{name}”没有值；可以用的有：{self._known}" if name else "模板里用到的一组数据是空的",
            ) from None
        except TemplateNotFound as fault:
            raise _refused("docx_forbidden", f"模板不能引用别的文件（{fault.name}）") from None
        except TemplateSyntaxError as fault:
            raise _refused("docx_braces", f"模板里的花括号写错了{_near(fault)}") from None
        except etree.XMLSyntaxError:
            raise _refused(
                "docx_braces", "模板填好后不再是 Word 文件：{% if %}、{% for %} 和结尾要都在表格里，或都在表格外"
            ) from None
        except SecurityError:
            raise _refused("docx_forbidden", "模板里有不能用的写法：花括号里只写变量的名称") from None
        except (TemplateError, ArithmeticError, TypeError, ValueError, LookupError, AttributeError, RecursionError):
            raise _refused(
                "docx_forbidden", "模板里花括号中的式子算不出来（如除以零、文字加数字）：请只写变量的名称"
            ) from None
        opened.save(made)
        return made.getvalue()


def _refused(code: str, sentence: str) -> Refused:
    return Refused(code, sentence, field="template")


def _near(fault: TemplateSyntaxError) -> str:
    """The paragraph in which the fault lies, where that is known."""
    lines = (fault.source or "").splitlines()
    line = re.sub(r"<[^>]+>", "", lines[fault.lineno - 1]) if 0 < fault.lineno <= len(lines) else ""
    return f"，在“{line.strip()[:60]}”附近" if "{" in line else "：每个 {{ 要有 }}，每个 {% if %}、{% for %} 要有结尾"


def _unpacked(content: bytes) -> int:
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        return sum(one.file_size for one in packed.infolist())


def _opened(template: bytes) -> _Template:
    try:
        if _unpacked(template) > _LARGEST_UNPACKED:
            raise _refused("docx_large", "模板展开后太大")
        with zipfile.ZipFile(io.BytesIO(template)) as packed:
            _refuse_what_comes_along(packed)
        opened = _Template(io.BytesIO(template))
        opened.init_docx()
    except etree.XMLSyntaxError:
        raise _refused("docx_shape", "模板文件已损坏：请用 Word 打开后另存为 docx 再试") from None
    except (zipfile.BadZipFile, zlib.error, EOFError, PackageNotFoundError, LookupError, ValueError, OSError):
        raise _refused("docx_shape", "这不是 Word 文件（docx）") from None
    except (RuntimeError, NotImplementedError):  # parts with a password, or packed in another way
        raise _refused("docx_shape", "模板文件打不开，可能有密码：请取消密码再试") from None
    return opened


def _refuse_what_comes_along(packed: zipfile.ZipFile) -> None:
    """A document for a customer or an authority fetches nothing when it is opened, and contains what is seen."""
    for name in packed.namelist():
        if name.lower().endswith("vbaproject.bin"):
            raise _refused("docx_along", "模板带着宏：请另存为不带宏的 docx")
        if not name.lower().endswith((".xml", ".rels")):
            continue
        root = etree.fromstring(packed.read(name), etree.XMLParser(resolve_entities=False, no_network=True))
        for one in root.iter("{*}Relationship"):
            kind = one.get("Type", "").rpartition("/")[2]
            if one.get("TargetMode") == "External" and kind != "hyperlink":
                raise _refused(
                    "docx_along", f"模板连着外面的文件（{kind}），打开时会去取：请在 Word 里断开链接或改成嵌入"
                )
            # The figures of a chart lie in a workbook of their own.
            if kind in _ALONG and not (kind == "package" and name.startswith("word/charts/")):
                raise _refused("docx_along", f"模板带着别的文件（{kind}）：请在 Word 里删去，只留文字和图片")
        if found := _FETCHING.search("".join(_field_words(root))):
            raise _refused("docx_along", f"模板带着自动取外面内容的域（{found[1].upper()}）：请在 Word 里删去这个域")


def _field_words(root: Any) -> Iterator[str]:
    """The words of all fields, each field in a line of its own: Word spreads one over several runs."""
    for one in root.iter(qn("w:fldChar"), qn("w:instrText"), qn("w:fldSimple")):
        if one.tag == qn("w:instrText"):
            yield one.text or ""
        else:
            yield f"\n{one.get(qn('w:instr'), '')}\n"


def main() -> int:
    asked = json.load(sys.stdin.buffer)
    template, data = base64.b64decode(asked["template"]), asked["data"]
    try:
        answer = {"made": base64.b64encode(Filling(data).fill(template)).decode()}
    except Refused as refused:
        answer = {"refused": refused.code, "sentence": refused.sentence}
    except MemoryError:
        return Ending.LARGE
    sys.stdout.write(json.dumps(answer))
    return Ending.DONE


if __name__ == "__main__":
    limit()
    sys.exit(main())
