"""`guiju check ads`: files in, verdicts out, broken rows told and passed over."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result

from guiju.review.cli import check

KEYS = {"id", "text", "decision", "findings", "facts_missing"}
FINDING = {
    "rule",
    "category",
    "severity",
    "start",
    "end",
    "excerpt",
    "law",
    "article",
    "quote",
    "message",
    "suggestion",
}


def run(*arguments: str, given: bytes | None = None) -> Result:
    return CliRunner().invoke(check, ["ads", *arguments], input=given)


def answers(result: Result) -> list[dict[str, object]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_one_object_a_line_in_the_order_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "文案.txt"
    file.write_text("这款山核桃口感最佳。\n\n门店周末照常营业。\n", "utf-8")
    result = run(str(file), "--format", "json")
    first, second = answers(result)
    assert result.exit_code == 1
    assert set(first) == KEYS and (first["id"], second["id"]) == (1, 3)
    assert (first["decision"], second["decision"]) == ("block", "pass")
    [finding] = first["findings"]  # type: ignore[misc]
    assert set(finding) == FINDING
    assert str(first["text"])[finding["start"] : finding["end"]] == finding["excerpt"] == "最佳"
    assert (finding["law"], finding["article"]) == ("广告法", "第九条")


def test_the_exit_status_says_whether_anything_is_blocked(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    for text, status in (("门店周末照常营业", 0), ("采用独家专利工艺", 0), ("顶级配方", 1)):
        file.write_text(text, "utf-8")
        assert run(str(file)).exit_code == status


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_text_is_read_in_any_usual_encoding(encoding: str) -> None:
    [answer] = answers(run("-", "--format", "json", given="口感最佳".encode(encoding)))
    assert answer["decision"] == "block"


def test_a_table_is_read_by_its_text_column(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["编号", "文案", "说明"], [1, "顶级配方", "x"], [2, "", "x"], [3, "照常营业", "x"]):
        book.active.append(row)
    file = tmp_path / "表.xlsx"
    book.save(file)
    assert [(one["id"], one["decision"]) for one in answers(run(str(file), "--format", "json"))] == [
        (2, "block"),
        (4, "pass"),
    ]
    assert [one["decision"] for one in answers(run(str(file), "--format", "json", "--column", "说明"))] == ["pass"] * 3
    wrong = run(str(file), "--column", "没有")
    assert wrong.exit_code == 2 and "没有“没有”这一列" in wrong.stderr


def test_broken_lines_are_numbered_and_the_rest_goes_on(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    lines = ['{"id": "a", "text": "顶级配方"}', "{", '{"txt": 1}', '{"text": "照常营业", "sector": "food"}', "[]"]
    file.write_text("\n".join(lines), "utf-8")
    result = run(str(file), "--format", "json")
    assert [one["id"] for one in answers(result)] == ["a", 4]
    assert result.exit_code == 2
    assert [line.split("：")[1] for line in result.stderr.splitlines()] == [
        "第2行不是 JSON",
        "第3行没有文字字段 text",
        "第5行不是一个 JSON 对象（{…}）",
    ]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("空.txt", b"", "是空的"),
        ("图.txt", b"\x89PNG\r\n\x1a\n\x00\x00", "不是文本文件，而是图片"),
        ("假.xlsx", b"hello", "不是 Excel 文件"),
        ("无列.csv", "甲,乙\n1,2\n".encode(), "用 --column 指明"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_and_the_others_go_on(
    tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    bad, good = tmp_path / name, tmp_path / "好.txt"
    bad.write_bytes(content)
    good.write_text("顶级配方", "utf-8")
    result = run(str(bad), str(good), "--format", "json")
    assert result.exit_code == 2 and words in result.stderr
    assert len(answers(result)) == 1


def test_a_missing_file_and_a_folder_are_told(tmp_path: Path) -> None:
    assert "读不了" in run(str(tmp_path / "没有.txt")).stderr
    assert "是文件夹" in run(str(tmp_path)).stderr


def test_the_law_of_the_day_counts() -> None:
    assert run("-", "--date", "2015-08-31", given="顶级配方".encode()).exit_code == 0
    assert run("-", "--date", "2015-09-01", given="顶级配方".encode()).exit_code == 1


def test_a_row_of_a_table_says_its_own_sector_and_channel(tmp_path: Path) -> None:
    file = tmp_path / "文案.csv"
    file.write_text("行业,渠道,文案\n食品,,增强免疫力\n,短信,新品到店\n养生,,新品到店\n,展板,新品到店\n", "utf-8")
    result = run(str(file), "--format", "json")
    found = {one["id"]: [finding["rule"] for finding in one["findings"]] for one in answers(result)}
    assert found[2] == ["ads.health_function_of_food"] and "ads.missing_opt_out" in found[3] and found[5] == []
    assert "第4行的行业“养生”不认识" in result.stderr and result.exit_code == 2


def test_the_sector_of_a_line_goes_before_the_option(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text('{"text": "签约保过", "sector": "education"}\n{"text": "签约保过"}\n', "utf-8")
    result = run(str(file), "--format", "json", "--sector", "food")
    assert [one["decision"] for one in answers(result)] == ["block", "pass"]


def test_what_was_not_asked_is_said() -> None:
    nothing = run("-", "--date", "2010-01-01", given="顶级配方".encode())
    assert "2010-01-01 这一天没有一条规则施行" in nothing.stderr
    unknown = run("-", given="签约保过".encode())
    assert "其中1条不知道行业" in unknown.stderr
    assert "不知道行业" not in run("-", "--sector", "教育", given="签约保过".encode()).stderr
    [answer] = answers(run("-", "--format", "json", given="签约保过".encode()))
    assert "ads.education_guarantee" in answer["facts_missing"]  # type: ignore[operator]


def test_a_sector_is_known_by_its_chinese_name_and_by_the_key_industry(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    lines = [{"text": "签约保过", "sector": "教育"}, {"text": "签约保过", "industry": "education"}]
    lines += [{"text": "签约保过", "sector": "军火"}, {"text": "\ud800"}]
    file.write_text("\n".join(map(json.dumps, lines)), "utf-8")
    result = run(str(file), "--format", "json")
    assert [one["decision"] for one in answers(result)] == ["block", "block"]
    assert "第3行的行业“军火”不认识" in result.stderr and "第4行的文字里有残缺的字符" in result.stderr
    wrong = run("-", "--sector", "军火", given=b"x")
    assert wrong.exit_code == 2 and "没有“军火”这个行业" in wrong.stderr


def test_the_text_form_shows_words_article_and_mend() -> None:
    result = run("-", given="口感最佳的山核桃。".encode())
    for words in ("禁止 “最佳”", "《广告法》第九条「（三）使用“国家级”、“最高级”、“最佳”等用语」", "删去该用语"):
        assert words in result.stdout
    assert "共1条：未发现已知问题0，需复核0，禁止1" in result.stderr


def test_the_command_starts_without_django() -> None:
    program = "import sys, guiju.project.cli, guiju.review.cli; sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0
