"""`guiju check clauses|fields` and `guiju rules`: whole contracts, columns of files and databases."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import openpyxl
import psycopg
import pytest
from click.testing import CliRunner, Result
from django.db import connections
from docx import Document

import guiju.rulebook as rulebook
from guiju.review.cli import check, rules


def run(*arguments: str, given: bytes | None = None) -> Result:
    return CliRunner().invoke(check, list(arguments), input=given)


def answers(result: Result) -> list[dict[str, object]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


CONTRACT = "健身服务合同\n会员费三千元，余额不退。\n双方协商解决争议。"


def test_without_a_type_each_line_is_a_clause_and_with_one_the_file_is_a_contract(tmp_path: Path) -> None:
    file = tmp_path / "合同.txt"
    file.write_text(CONTRACT, "utf-8")
    assert [one["decision"] for one in answers(run("clauses", str(file), "--format", "json"))] == [
        "pass",
        "block",
        "pass",
    ]
    [whole] = answers(run("clauses", str(file), "--format", "json", "--type", "预付卡"))
    rules_hit = {finding["rule"] for finding in whole["findings"]}  # type: ignore[attr-defined]
    assert "clauses.missing_parties" in rules_hit and "clauses.missing_price" not in rules_hit
    parts = answers(run("clauses", str(file), "--format", "json", "--type", "预付卡", "--part"))
    assert len(parts) == 3 and not any("missing" in str(one["findings"]) for one in parts)


def test_a_line_may_say_that_it_is_only_a_clause(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    rows = [{"text": "会员费三千元", "type": "prepaid"}, {"text": "会员费三千元", "type": "prepaid", "whole": False}]
    file.write_text("\n".join(map(json.dumps, [*rows, {"text": "x", "type": "婚姻"}])), "utf-8")
    result = run("clauses", str(file), "--format", "json")
    assert [one["decision"] for one in answers(result)] == ["review", "pass"]
    assert "第3行的合同类型“婚姻”不认识" in result.stderr and result.exit_code == 2


def word_file(*paragraphs: str) -> bytes:
    document = Document()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def test_word_is_read_paragraph_by_paragraph(tmp_path: Path) -> None:
    file = tmp_path / "合同.docx"
    file.write_bytes(word_file(*CONTRACT.split("\n")))
    found = answers(run("clauses", str(file), "--format", "json"))
    assert [one["decision"] for one in found] == ["pass", "block", "pass"]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("假.docx", b"hello", "不是 Word 文档"),
        ("空.docx", b"", "是空的"),
        ("没有字.docx", word_file(), "没有文字"),
        ("坏.docx", b"PK\x03\x04rubbish", "打不开"),
        ("旧.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600, "旧格式（doc）"),
        (
            "密.docx",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le") + b"x" * 600,
            "有密码",
        ),
        ("合同.pdf", b"%PDF-1.7", "而是PDF"),
    ],
)
def test_a_document_that_cannot_be_read_is_told_in_one_sentence(
    tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    result = run("clauses", str(file))
    assert result.exit_code == 2 and words in result.stderr and "Traceback" not in result.stderr


def test_a_zip_that_is_no_document_is_told(tmp_path: Path) -> None:
    file = tmp_path / "压缩.docx"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.txt", "x")
    assert "打不开" in run("clauses", str(file)).stderr


def test_the_header_of_a_table_are_columns_and_their_values_speak(tmp_path: Path) -> None:
    file = tmp_path / "客户.csv"
    file.write_bytes("客户姓名,甲,乙\n王某,11010519491231002X,x\n李某,440524188001010014,y\n".encode("gb18030"))
    found = answers(run("fields", str(file), "--format", "json"))
    assert [(one["column"], one["category"], one["sensitive"]) for one in found] == [
        ("客户姓名", "name", False),
        ("甲", "id_card", True),
        ("乙", "none", False),
    ]
    assert set(found[1]) >= {"id", "column", "category", "personal", "sensitive", "findings"}


def test_a_data_dictionary_is_read_row_by_row(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["表名", "字段名", "说明"], ["t", "a1", "家庭住址"], ["t", "b2", "订单状态"]):
        book.active.append(row)
    file = tmp_path / "字典.xlsx"
    book.save(file)
    assert [one["category"] for one in answers(run("fields", str(file), "--format", "json"))] == ["address", "none"]


def test_names_alone_are_enough() -> None:
    found = answers(run("fields", "-", "--format", "json", given="sfzh\nmobile,手机号\ndept_name\n".encode()))
    assert [one["category"] for one in found] == ["id_card", "phone", "none"]


def test_a_birthday_of_somebody_under_fourteen_makes_its_column_sensitive(tmp_path: Path) -> None:
    file = tmp_path / "会员.csv"
    file.write_text("姓名,出生日期,入会日期\n甲,1988-05-04,2026-01-01\n乙,2014/3/1,2026-01-01\n", "utf-8")
    found = answers(run("fields", str(file), "--format", "json", "--date", "2026-11-24"))
    assert [(one["category"], one["sensitive"]) for one in found] == [("name", False), ("birth", True), ("none", False)]
    assert found[1]["findings"][1]["evidence"] == "2个里有1个不满14周岁"
    grown = answers(run("fields", str(file), "--format", "json", "--date", "2028-03-01"))
    assert [one["sensitive"] for one in grown] == [False, False, False]


def test_without_values_nobody_knows_how_old_the_people_are(tmp_path: Path) -> None:
    assert answers(run("fields", "-", "--format", "json", given=b"csrq\n"))[0]["facts_missing"] == ["fields.minor"]
    assert "1个字段没有值可看，不知道里面有没有不满十四周岁的人" in run("fields", "-", given=b"csrq\n").stderr


def test_what_may_be_important_data_is_a_hint_beside_the_category() -> None:
    found = answers(run("fields", "-", "--format", "json", given="车流量\n传染病病例数\n会员等级\n".encode()))
    hints = [[finding["rule"] for finding in one["findings"]] for one in found]
    assert hints[0] == ["fields.important_data"] and "fields.important_data" in hints[1] and hints[2] == []
    assert not found[0]["personal"]


def test_at_a_terminal_the_law_of_a_column_rule_is_told_once() -> None:
    shown = run("fields", "-", given=b"mobile\nlxdh\n").stdout
    assert shown.count("电话号码") == 2 and shown.count("《个人信息保护法》第四条") == 1


def test_broken_columns_are_numbered_and_the_rest_goes_on(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text('{"column": "sfzh"}\n{"comment": 3}\n{"column": "x", "values": 1}\n{"column": "xm"}\n', "utf-8")
    result = run("fields", str(file), "--format", "json")
    assert [one["category"] for one in answers(result)] == ["id_card", "name"]
    assert "第2行没有字段名" in result.stderr and "第3行的 values" in result.stderr and result.exit_code == 2


@pytest.mark.django_db
def test_a_database_is_read_and_not_written() -> None:
    given = connections["owner"].get_connection_params()
    target = {key: given[key] for key in ("host", "port", "dbname", "user", "password") if given.get(key)}
    with psycopg.connect(**target, autocommit=True) as owner:
        owner.execute("CREATE TABLE klient (a text, sfzh text, note text)")
        owner.execute("COMMENT ON COLUMN klient.note IS '病历'")
        owner.execute("INSERT INTO klient VALUES ('13812345678', 'x', 'y')")
        try:
            result = run("fields", "--database", psycopg.conninfo.make_conninfo(**target), "--format", "json")
        finally:
            owner.execute("DROP TABLE klient")
    found = {
        str(one["id"]).rsplit("klient.")[-1]: one["category"] for one in answers(result) if "klient" in str(one["id"])
    }
    assert result.exit_code == 0
    assert found == {"a": "phone", "sfzh": "id_card", "note": "health"}


def test_a_database_that_does_not_answer_is_told() -> None:
    result = run("fields", "--database", "postgresql://x@127.0.0.1:1/x")
    assert result.exit_code == 2 and "连不上数据库" in result.stderr
    assert run("fields").exit_code == 2 and "二者取一" in run("fields").stderr


def test_a_workbook_holds_a_row_for_each_finding(tmp_path: Path) -> None:
    file, out = tmp_path / "a.txt", tmp_path / "结果.xlsx"
    file.write_text("=1+1 顶级配方\n门店照常营业\n", "utf-8")
    assert run("ads", str(file), "--format", "xlsx", "--output", str(out)).exit_code == 1
    rows = [[cell.value for cell in row] for row in openpyxl.load_workbook(out).active.iter_rows()]
    assert [row[1] for row in rows] == ["结论", "禁止", "未发现已知问题"] and rows[1][-1] == "=1+1 顶级配方"
    assert not list(tmp_path.glob("*.partial"))


def test_words_of_law_that_may_not_be_those_in_force_are_marked(tmp_path: Path) -> None:
    file, out = tmp_path / "a.txt", tmp_path / "结果.xlsx"
    file.write_text("最终解释权归本店\n余额不退\n", "utf-8")
    first, second = run("clauses", str(file)).stdout.split("第2条")
    assert "《合同行政监督管理办法》第八条" in first and "（文本待核）" in first and "待核" not in second
    run("clauses", str(file), "--format", "xlsx", "--output", str(out))
    quotes = [row[8] for row in openpyxl.load_workbook(out).active.iter_rows(min_row=2, values_only=True)]
    assert str(quotes[0]).endswith("（文本待核）") and not str(quotes[-1]).endswith("（文本待核）")


def test_where_a_result_cannot_be_written_is_told(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("x", "utf-8")
    assert "要用 --output" in run("ads", str(file), "--format", "xlsx").stderr
    assert "写不了" in run("ads", str(file), "--output", str(tmp_path / "没有" / "x.txt")).stderr


def test_a_result_never_replaces_what_it_is_made_from(tmp_path: Path) -> None:
    file, link = tmp_path / "a.txt", tmp_path / "又一名字.txt"
    file.write_text("顶级配方", "utf-8")
    link.symlink_to(file)
    for target in (file, link):
        result = run("ads", str(file), "--output", str(target))
        assert result.exit_code == 2 and "正是要审查的文件" in result.stderr
    assert file.read_text("utf-8") == "顶级配方"


def test_a_result_goes_through_a_link_and_into_a_pipe_and_leaves_both_in_place(tmp_path: Path) -> None:
    file, real, link, pipe = (tmp_path / name for name in ("a.txt", "真.txt", "链接.txt", "管道"))
    file.write_text("顶级配方", "utf-8")
    real.write_text("旧的", "utf-8")
    link.symlink_to(real)
    run("ads", str(file), "--output", str(link))
    assert link.is_symlink() and "顶级" in real.read_text("utf-8")
    os.mkfifo(pipe)
    with ThreadPoolExecutor() as pool:
        read = pool.submit(pipe.read_text, "utf-8")
        run("ads", str(file), "--output", str(pipe))
        assert "顶级" in read.result(timeout=30)
    assert pipe.is_fifo()
    command = [Path(sys.executable).with_name("guiju"), "check", "ads", file, "--output", "/dev/stdout"]
    assert "顶级" in subprocess.run(command, capture_output=True, text=True, timeout=60, check=False).stdout


@pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="没有 /dev/full 这个总是写满的设备")
def test_a_full_disk_is_told_and_a_device_stays_a_device(tmp_path: Path) -> None:
    file, full = tmp_path / "a.txt", tmp_path / "满"
    file.write_text("顶级配方", "utf-8")
    full.symlink_to("/dev/full")
    result = run("ads", str(file), "--output", str(full))
    assert result.exit_code == 2 and "写不了" in result.stderr
    assert Path("/dev/full").is_char_device() and full.is_symlink()


def test_the_rulebook_prints_itself_and_runs_its_own_cases() -> None:
    runner = CliRunner()
    assert "ads.absolute_terms" in runner.invoke(rules, ["list"]).stdout
    shown = runner.invoke(rules, ["show", "ads.absolute_terms"]).stdout
    for words in ("《广告法》第九条", "怎样算命中", "例外", "例子"):
        assert words in shown
    shown = runner.invoke(rules, ["show", "fields.id_card"]).stdout
    for words in ("《个人信息保护法》第二十八条", "首字母", "sfzh", "校验：identity_number"):
        assert words in shown
    assert "是不是 ads.absolute_terms" in runner.invoke(rules, ["show", "x.absolute_terms"]).stderr
    tested = runner.invoke(rules, ["test"])
    assert tested.exit_code == 0 and "，0 个不符" in tested.stdout


RULE = {
    "id": "ads.example",
    "title": "例",
    "chapter": "ads",
    "category": "other",
    "severity": "review",
    "applies_from": "2015-09-01",
    "citations": "[{law: 广告法, article: 第九条, quote: 使用“国家级”}]",
    "terms": "[顶级]",
    "message": "不",
    "mend": "删",
}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"severity": "blok"}, "“severity”不能是 'blok'"),
        ({"terms": ""}, "“terms”要写成列表，现在是空的"),
        ({"bad": "1"}, "不认识“bad”这个键"),
        ({"applies_from": "'2015-9-1'"}, "“applies_from”不是日期"),
        ({"terms": "[a]", "patterns": "['最+']"}, "'最+'"),
        ({"title": "'x"}, "rule.yaml"),
        ({"id": "Ads"}, "“id”的写法"),
        ({"citations": "[{law: 广告法, article: 第九条, quote: 国}]"}, "至少4个字"),
    ],
)
def test_a_rule_that_is_written_wrongly_is_told_in_a_sentence_with_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: dict[str, str], words: str
) -> None:
    place = tmp_path / "rulebook"
    for folder in ("ads/example", "clauses", "organisations", "review", "fields", "words"):
        (place / folder).mkdir(parents=True)
    lines = [f"{key}: {value}" for key, value in {**RULE, **changes}.items()]
    (place / "ads" / "example" / "rule.yaml").write_text("\n".join(lines), "utf-8")
    (place / "ads" / "context.yaml").write_text("{}", "utf-8")
    monkeypatch.setattr(rulebook, "folder", lambda: place)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    rulebook._chapter.cache_clear()
    try:
        result = CliRunner().invoke(rules, ["list"])
    finally:
        rulebook._chapter.cache_clear()
    assert result.exit_code == 2 and "Traceback" not in result.output
    assert result.stderr.startswith("规则写得不对：ads/example/rule.yaml") and words in result.stderr


def test_the_compiled_rulebook_is_kept_by_its_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from guiju.rulebook import folder
    from guiju.rulebook.compiled import compiled

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    first = compiled(folder().joinpath("ads"), folder().joinpath("words"))
    [kept] = (tmp_path / "guiju").glob("ads-*.json")
    assert compiled(folder().joinpath("ads"), folder().joinpath("words")) == first
    kept.write_bytes(b"{damaged")
    assert compiled(folder().joinpath("ads"), folder().joinpath("words")) == first
    (tmp_path / "guiju").chmod(0o500)
    assert compiled(folder().joinpath("clauses"), folder().joinpath("words")).rules
    (tmp_path / "guiju").chmod(0o700)
