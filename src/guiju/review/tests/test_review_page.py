"""The pages 审查 and 审查记录."""

from __future__ import annotations

import io

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from docx import Document

from guiju.evidence.selectors import history_of
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, sign_in
from guiju.review.engine import review_ad
from guiju.review.models import Check
from guiju.review.shown import shown_texts


def review(client: Client, text: str, sector: str = "food", **headers: str) -> str:
    return client.post("/review/", {"text": text, "sector": sector}, headers=headers).content.decode()


def test_the_company_decides_the_sector_that_is_offered(sales: Client) -> None:
    assert '<option value="food" selected>' in sales.get("/review/").content.decode()


def test_words_are_marked_with_article_and_mend(sales: Client) -> None:
    page = review(sales, "口感最佳的山核桃")
    assert '<span class="visually-hidden">禁止：</span>最佳' in page and 'title="《广告法》第九条' in page
    assert "#第九条" in page and "删去该用语" in page and "口感最佳的山核桃</textarea>" in page


def test_words_of_law_that_may_not_be_those_in_force_are_marked(sales: Client) -> None:
    page = sales.post("/review/clauses/", {"text": "最终解释权归本店"}).content.decode()
    assert "《合同行政监督管理办法》第八条" in page and "（文本待核）" in page
    assert "（文本待核）" not in review(sales, "口感最佳的山核桃")


def test_a_clean_text_is_never_called_lawful(sales: Client) -> None:
    page = review(sales, "门店周末照常营业")
    assert "未发现已知问题" in page and "合法" not in page and "合规" not in page.split("<main")[1]


def test_text_cannot_write_into_the_page(sales: Client) -> None:
    page = review(sales, "<script>alert(1)</script>顶级")
    assert "<script>alert" not in page and "&lt;script&gt;" in page


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"text": ""}, "请粘贴广告文案，或者上传文件"),
        ({"text": "长" * 200_001}, "一次最多粘贴200000字"),
        ({"text": "顶级\n" * 2001}, "一次最多审查2000条"),
        ({"text": "顶级", "file": ("文案.txt", b"x")}, "只能选一样"),
        ({"file": ("大.txt", b"x" * (6 << 20))}, "文件有6 MB，最大5 MB"),
        ({"file": ("空.xlsx", b"hello")}, "不是 Excel 文件"),
        ({"file": ("假.docx", b"hello")}, "不是 Word 文档"),
        ({"file": ("图.txt", b"\x89PNG\r\n\x1a\n\x00\x00")}, "而是图片"),
    ],
)
def test_what_cannot_be_reviewed_is_told(sales: Client, given: dict[str, object], words: str) -> None:
    for headers in ({}, {"HX-Request": "true"}):
        data: dict[str, object] = {"sector": "food", **given}
        if isinstance(data.get("file"), tuple):
            name, content = data["file"]  # type: ignore[misc]
            data["file"] = SimpleUploadedFile(name, content)
        assert words in sales.post("/review/", data, headers=headers).content.decode()
    assert not Check.objects.exists()


def test_who_may_not_review_is_told(group: Group, client: Client) -> None:
    sign_in(client, "xitong")
    for address in ("/review/", "/review/clauses/", "/review/fields/", "/review/checks/", "/review/words/"):
        assert client.get(address).status_code == 403


def test_the_marked_parts_are_the_whole_text_even_where_findings_overlap() -> None:
    text = "全国最佳顶级配方，史无前例"
    [one] = shown_texts([review_ad(text, on=AT.date()).as_answer(1, text)])
    assert "".join(part.text for part in one.parts) == text
    assert any(part.severity == "block" for part in one.parts)


def test_a_review_is_kept_with_an_entry_in_the_log_and_found_again(sales: Client, group: Group) -> None:
    review(sales, "顶级配方\n门店周末照常营业")
    with acting(group.sales_a):
        check = Check.objects.get()
        assert (check.total, check.blocked, check.reviewed) == (2, 1, 0)
        assert [version.number for version in history_of(check)] == [1]
    listed = sales.get("/review/checks/").content.decode()
    assert "粘贴的文字" in listed and "禁止 1，需复核 0" in listed
    assert "顶级" in sales.get(f"/review/checks/{check.pk}/").content.decode()
    book = openpyxl.load_workbook(io.BytesIO(sales.get(f"/review/checks/{check.pk}/result.xlsx").content))
    rows = [[cell.value for cell in row] for row in book.active.iter_rows()]
    assert rows[0][:4] == ["编号", "结论", "程度", "问题文字"]
    assert [row[1] for row in rows[1:]] == ["禁止", "未发现已知问题"] and rows[1][3] == "顶级"


def test_another_company_does_not_see_it(sales: Client, group: Group, client: Client) -> None:
    review(sales, "顶级配方")
    with acting(group.sales_a):
        check = Check.objects.get()
    for username, words in (("xiaoshou.b", "还没有审查过"), ("hegui", "甲食品有限公司的 1 次审查未显示：无委托关系")):
        sign_in(client, username)
        assert words in client.get("/review/checks/").content.decode()
        assert client.get(f"/review/checks/{check.pk}/").status_code == 404
        assert client.get(f"/review/checks/{check.pk}/result.xlsx").status_code == 404


def test_a_whole_contract_in_word_is_read_and_its_missing_parts_are_told(sales: Client) -> None:
    document = Document()
    document.add_paragraph("会员服务协议")
    table = document.add_table(rows=1, cols=2)
    table.rows[0].cells[0].text = "余额不退，过期作废。"
    table.rows[0].cells[1].text = "费用三千元。"
    file = io.BytesIO()
    document.save(file)
    upload = SimpleUploadedFile("协议.docx", file.getvalue())
    page = sales.post("/review/clauses/", {"file": upload, "contract_type": "prepaid"}).content.decode()
    assert "余额不退" in page and "（缺少内容）" not in page
    assert "没有写明解决争议的方法" in page and "没有写明价款" not in page
    upload.seek(0)
    assert "没有写明解决争议" not in sales.post("/review/clauses/", {"file": upload}).content.decode()


def test_columns_are_classified_and_their_values_are_not_kept(sales: Client, group: Group) -> None:
    content = "甲,乙\n11010519491231002X,备注一\n".encode()
    page = sales.post("/review/fields/", {"file": SimpleUploadedFile("客户.csv", content)}).content.decode()
    assert "个人信息 1，其中敏感 1" in page and "身份证件" in page
    with acting(group.sales_a):
        assert "11010519491231002X" not in str(Check.objects.get().answers)


def test_broken_lines_are_told_and_the_rest_goes_on(sales: Client) -> None:
    upload = SimpleUploadedFile("a.jsonl", b'{"text": "\xe9\xa1\xb6\xe7\xba\xa7"}\n{\n')
    page = sales.post("/review/", {"file": upload, "sector": "food"}).content.decode()
    assert "第2行不是 JSON" in page and "禁止 1" in page


def test_nothing_is_cut_off_before_it_is_reviewed(sales: Client) -> None:
    assert "maxlength" not in sales.get("/review/").content.decode()


def test_the_channel_asks_for_what_must_be_there(sales: Client) -> None:
    page = sales.post("/review/", {"text": "周末满减", "sector": "food", "channel": "sms"}).content.decode()
    assert "没有标明“广告”" in page and "怎样拒绝继续接收" in page
