"""Word templates of the company are filled, can only print, bring nothing along, and say in a sentence what is wrong."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from docx import Document
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.part import Part
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn

from guiju.documents import docx as subject
from guiju.documents.docx import print_docx
from guiju.documents.filling import Filling
from guiju.kernel.errors import Refused


def word_file(*lines: str) -> bytes:
    made, out = Document(), io.BytesIO()
    for line in lines:
        made.add_paragraph(line)
    made.save(out)
    return out.getvalue()


def changed(template: bytes, name: str, old: bytes, new: bytes) -> bytes:
    """A Word file with other words in one of its parts, or with a part more."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(template)) as before, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as after:
        for one in before.namelist():
            content = before.read(one)
            after.writestr(one, content.replace(old, new) if one == name else content)
        if name not in before.namelist():
            after.writestr(name, new)
    return out.getvalue()


def filled(template: bytes, data: dict[str, Any]) -> bytes:
    """The same as `print_docx`, here and without limits."""
    return Filling(data).fill(template)


def text_of(content: bytes) -> list[str]:
    return [one.text for one in Document(io.BytesIO(content)).paragraphs]


def test_a_word_template_of_the_company_is_filled() -> None:
    template = word_file("致{{ 客户 }}：", "{% if 金额 %}退款{{ 金额 }}元{% endif %}")

    assert text_of(print_docx(template, {"客户": "<张三> & 李𬭊", "金额": "268.00"})) == [
        "致<张三> & 李𬭊：",
        "退款268.00元",
    ]


def test_what_a_customer_is_called_is_printed_as_it_is() -> None:
    for name in ("{_{ 客户 }_}", "{_% if x %_}", "{{ 客户 }}", "&#95;", "甲\x0b\x00\x07乙", "_"):
        assert text_of(filled(word_file("{{ 客户 }}"), {"客户": name})) == [name.translate(dict.fromkeys((0, 7, 11)))]
    assert text_of(filled(word_file("{{ 件数 }}{{ 已退 }}"), {"件数": 3, "已退": True})) == ["3是"]


def test_what_is_empty_can_be_asked_for_and_stands_in_no_letter() -> None:
    template = word_file("致{{ 客户 }}{% if 备注 %}（{{ 备注 }}）{% endif %}{{ 地址 or '地址不详' }}")
    data = {"客户": "张三", "备注": None, "地址": None}
    assert text_of(filled(template, data)) == ["致张三地址不详"]
    assert text_of(filled(word_file("{% if 种类 == '退货' %}是{% endif %}{{ 客户 }}"), {**data, "种类": None})) == [
        "张三"
    ]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("{{ 电话 }}", "模板里的“电话”没有值；可以用的有：客户、备注、条目、地址"),
        ("{{ 客户.电话 }}", "模板里的“电话”没有值"),
        ("{{ 备注 }}", "模板里的“备注”没有值"),
        ("{{ 地址.街道 }}", "模板里的“地址.街道”没有值"),
        ("{{ 条目[1].价 }}", "模板里的“条目.2.价”没有值"),
        ("{{ 条目 }}", "模板里的“条目”是一组数据，不能直接打印：请写明打印其中哪一项"),
        ("{{ 地址 }}", "模板里的“地址”是一组数据"),
        ("{{ 条目[0] }}", "模板里的“条目.1”是一组数据"),
        ("{{ range }}", "模板里有一处要打印的不是文字"),
        ("{{ 客户", "花括号写错了"),
        ("{% for x in 客户 %}", "花括号写错了"),
        ("致{{ 客户 客户 }}", "模板里的花括号写错了，在“致.*”附近"),
        ("{{ 客户|没有这个 }}", "花括号写错了"),
        ("{{ 客户|safe }}", "花括号写错了"),
        ("{{ 客户.__class__.__mro__ }}", "模板里有不能用的写法"),
        ("{{ 客户 ~ range(999999999) }}", "模板里花括号中的式子算不出来"),
        ("{{ 1/0 }}", "模板里花括号中的式子算不出来"),
        ("{{ 客户+1 }}", "模板里花括号中的式子算不出来"),
        ("{% include 'x' %}", "模板不能引用别的文件（x）"),
        ("{% extends 'x' %}", "模板不能引用别的文件"),
    ],
)
def test_a_template_that_cannot_be_filled_is_refused_in_a_sentence(line: str, sentence: str) -> None:
    data = {"客户": "张三", "备注": None, "条目": [{"价": 1}, {"价": None}], "地址": {"街道": None}}
    with pytest.raises(Refused, match=sentence) as told:
        filled(word_file(line), data)
    assert told.value.problems[0].field == "template"
    assert "None" not in told.value.sentence and "error" not in told.value.sentence.lower()


@pytest.mark.parametrize(
    ("template", "sentence"),
    [
        (b"PK\x03\x04", "不是 Word 文件"),
        (b"", "不是 Word 文件"),
        (changed(word_file("{{ 客户 }}"), "word/document.xml", b"</w:body>", b"</w:bod>"), "模板文件已损坏"),
        (changed(word_file("{{ 客户 }}"), "word/document.xml", b"<w:body", b"<w:body x:y='1'"), "模板文件已损坏"),
        (changed(word_file("{{ 客户 }}"), "[Content_Types].xml", b"document.main", b"other"), "不是 Word 文件"),
        (changed(word_file("{{ 客户 }}"), "word/x.xml", b"", b" " * (60 * 2**20)), "展开后太大"),
    ],
)
def test_a_file_that_is_no_template_is_refused_in_a_sentence(template: bytes, sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        filled(template, {"客户": "张三"})


def test_a_refusal_comes_back_from_the_process() -> None:
    with pytest.raises(Refused, match="“电话”没有值") as told:
        print_docx(word_file("{{ 电话 }}"), {"客户": "张三"})
    assert (told.value.code, told.value.problems[0].field) == ("docx_variable", "template")
    with pytest.raises(Refused, match="花括号写错了"):
        print_docx(word_file("{{ 客户"), {})
    with pytest.raises(Refused, match="最大5 MB"):
        print_docx(b"x" * (6 * 2**20), {})


def test_a_condition_that_begins_in_a_table_ends_in_it() -> None:
    made = Document()
    made.add_table(1, 1).cell(0, 0).text = "{% if 客户 == '李四' %}"
    made.add_paragraph("{% endif %}")
    with pytest.raises(Refused, match="填好后不再是 Word 文件"):
        filled(saved(made), {"客户": "张三"})


@pytest.mark.parametrize(
    "line",
    ["{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}", "{{ '字' * 999999999999 }}"],
)
def test_a_template_that_would_take_for_ever_or_all_memory_is_ended(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "MOST_SECONDS", 4)
    with pytest.raises(Refused, match="填了太久"):
        print_docx(word_file(line), {"客户": "张三"})


def test_what_comes_out_is_no_larger_than_what_may_go_in() -> None:
    with pytest.raises(Refused, match="填好后太大"):
        filled(word_file("{{ '字' * 10000001 }}"), {"客户": "张三"})


OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def saved(made: Any) -> bytes:
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def linked(kind: str, target: str = "file://server/share/x") -> bytes:
    """A Word file that names something outside of it."""
    made = Document()
    made.part.relate_to(target, kind, is_external=True)
    return saved(made)


def embedded(kind: str, name: str) -> bytes:
    """A Word file with something inside that isn't text or a picture."""
    made = Document()
    part = Part.load(made.part.package.next_partname(name), "application/octet-stream", b"x", made.part.package)
    made.part.relate_to(part, kind)
    return saved(made)


def with_field(*pieces: str) -> bytes:
    """A Word file with a field, whose words stand in several runs."""
    made = Document()
    run = made.add_paragraph().add_run()._r
    for mark in ("begin", *pieces, "end"):
        is_mark = mark in ("begin", "end")
        element = OxmlElement("w:fldChar" if is_mark else "w:instrText")
        if is_mark:
            element.set(qn("w:fldCharType"), mark)
        else:
            element.text = mark
        run.append(element)
    return saved(made)


def with_simple_field(words: str) -> bytes:
    made = Document()
    made.element.body.insert(
        0, parse_xml(f'<w:p {nsdecls("w")}><w:fldSimple w:instr="{words}"><w:r/></w:fldSimple></w:p>')
    )
    return saved(made)


@pytest.mark.parametrize(
    ("template", "sentence"),
    [
        (linked(f"{OFFICE}/attachedTemplate"), "连着外面的文件（attachedTemplate）"),
        (linked(RELATIONSHIP_TYPE.IMAGE, "https://example.com/x.png"), "连着外面的文件（image）"),
        (linked(RELATIONSHIP_TYPE.OLE_OBJECT), "连着外面的文件（oleObject）"),
        (embedded(f"{OFFICE}/aFChunk", "/word/afchunk%d.html"), "带着别的文件（aFChunk）"),
        (embedded(f"{OFFICE}/oleObject", "/word/embeddings/oleObject%d.bin"), "带着别的文件（oleObject）"),
        (embedded(f"{OFFICE}/package", "/word/embeddings/x%d.xlsx"), "带着别的文件（package）"),
        (embedded(f"{OFFICE}/control", "/word/activeX/activeX%d.xml"), "带着别的文件（control）"),
        (
            embedded("http://schemas.microsoft.com/office/2006/relationships/vbaProject", "/word/vbaProject%d.bin"),
            "带着别的文件（vbaProject）",
        ),
        (changed(word_file("x"), "word/vbaProject.bin", b"", b"x"), "带着宏"),
        (with_field(' DDEAUTO c:\\\\x "y" '), "带着自动取外面内容的域（DDEAUTO）"),
        (with_field(" DDE", "AUTO c "), "域（DDEAUTO）"),
        (with_field(' includetext "x" '), "域（INCLUDETEXT）"),
        (with_simple_field(" INCLUDEPICTURE x "), "域（INCLUDEPICTURE）"),
        (with_simple_field(" LINK Excel.Sheet x "), "域（LINK）"),
    ],
)
def test_a_template_that_brings_something_along_is_refused(template: bytes, sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        filled(template, {"客户": "张三"})


def test_links_and_the_usual_fields_are_let_through() -> None:
    assert filled(linked(RELATIONSHIP_TYPE.HYPERLINK, "https://example.com/"), {})
    assert filled(with_field(" HYPERLINK https://example.com/link "), {})
    assert filled(with_simple_field(" PAGE "), {})
