"""The education company of the article, done right: pupils, their address, their parents' occupation (学员的信息).

Refused without notice and consent; told and asked; the guardian consents on a phone; taken in; withdrawn; not to be
read any more; deleted by two people, and proved.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.running import Running

pytestmark = pytest.mark.browser

FIELD, CHILD = "父母职业", "小禾"
VALUE = "中学教师"


@pytest.fixture
def people(chromium: Browser, running: Running) -> Iterator[Callable[..., Page]]:
    """A browser for each person, signed in; without a name a phone that belongs to nobody here."""
    contexts = []

    def open_for(user: str = "") -> Page:
        size = {"width": 1440, "height": 900} if user else {"width": 390, "height": 844}
        context = chromium.new_context(
            base_url=running.url, viewport=size, locale="zh-CN", timezone_id="Asia/Shanghai", reduced_motion="reduce"
        )
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        if user:
            running.sign_in(page, user)
        return page

    yield open_for
    for one in contexts:
        one.close()


def test_a_pupils_data_comes_in_by_the_guardians_consent_and_goes_after_its_withdrawal(
    people: Callable[..., Page], running: Running, tmp_path: Path
) -> None:
    sales, officer = people("sales.education"), people("data.officer.education")
    _refused_without_a_guardian(sales)
    customer = _entered_with_one(sales)
    _a_file_is_held_back(sales, tmp_path)

    _declared_and_assessed(officer, people("compliance.education"))
    _filled_in(sales, customer)
    expect(sales.get_by_text("现行的隐私告知里没有这一项").first).to_be_visible()
    _told(officer)
    _filled_in(sales, customer)
    expect(sales.get_by_text("单独同意").first).to_be_visible()

    phone = people()
    link = _asked(sales)
    _answered_by_the_guardian(phone, link)
    _filled_in(sales, customer)
    expect(sales.get_by_role("status")).to_contain_text("已修改")

    phone.goto(link)
    phone.locator(".list-group-item").filter(has_text=FIELD).get_by_role("button", name="撤回").click()
    expect(phone.get_by_role("status")).to_contain_text("已撤回，立即生效")
    sales.goto(f"{customer}?purpose=service")
    shown = sales.locator(".datagrid-item").filter(has_text=FIELD)
    expect(shown).to_contain_text("不能用于")
    expect(sales.locator("main")).not_to_contain_text(VALUE)
    _deleted(officer, people("compliance.education"), customer)

    sales.goto(f"{customer}?purpose=service")
    expect(sales.locator(".datagrid")).not_to_contain_text(FIELD)
    checked = running.command("evidence", "verify")
    assert checked.returncode == 0 and "依法删除" in checked.stdout, checked.stdout


def _refused_without_a_guardian(page: Page) -> None:
    page.goto("/customers/add/")
    page.get_by_label("姓名", exact=True).fill(CHILD)
    page.get_by_label("手机", exact=True).fill("13911112222")
    page.get_by_text("更多信息").click()
    page.get_by_label("住址").fill("江东中路1号")
    page.get_by_label("出生日期").fill("2016-03-01")
    page.get_by_role("button", name="登记", exact=True).click()
    expect(page.get_by_text("监护人").first).to_be_visible()
    expect(page.get_by_label("姓名", exact=True)).to_have_value(CHILD)


def _entered_with_one(page: Page) -> str:
    """The same form, now with what the parents said at the counter."""
    folded = page.locator("details").filter(has_text="客户的同意")
    if folded.get_attribute("open") is None:
        folded.locator("summary").click()
    folded.get_by_label("客户服务").check()
    folded.get_by_label("凭据").fill("监护人同意书0001号")
    folded.get_by_label("由父母或者其他监护人作出").check()
    page.get_by_role("button", name="登记", exact=True).click()
    # The parents agreed to service: for selling not even the name is used.
    expect(page.get_by_role("heading", name="不能用于销售跟进")).to_be_visible()
    customer = re.sub(r"\?.*", "", page.url)
    page.goto(f"{customer}?purpose=service")
    expect(page.get_by_role("heading", name=CHILD)).to_be_visible()
    return customer


def _a_file_is_held_back(page: Page, folder: Path) -> None:
    file = folder / "学员.csv"
    file.write_text(f"姓名,手机,家庭住址,{FIELD}\n小苗,13911114444,江东中路2号,{VALUE}\n", "utf-8")
    page.goto("/customers/import/")
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name=re.compile("导入|上传|下一步|识别")).first.click()
    expect(page.get_by_text("识别为敏感个人信息").first).to_be_visible()


def _declared_and_assessed(officer: Page, approver: Page) -> None:
    officer.goto("/catalogue/")
    officer.get_by_role("link", name=re.compile("登记字段|添加|新字段")).first.click()
    officer.get_by_label("字段名称").fill(FIELD)
    officer.get_by_label("同意方式").select_option("separate")
    officer.get_by_label("客户服务").select_option("consent")
    officer.get_by_label("保存期限").fill("12")
    officer.get_by_label("说明").fill("只用于安排家长会的时间，不用于推荐课程")
    officer.get_by_role("button", name="登记").click()
    officer.get_by_role("link", name="影响评估").click()
    officer.get_by_label("处理目的、处理方式是否合法").fill("家长会按家长的工作时间安排，没有别的办法")
    officer.get_by_label("对个人权益的影响").fill("泄露会让人推断家庭的收入状况")
    officer.get_by_label("采取的保护措施").fill("加密保存，只有班主任看得到，查看留痕")
    officer.get_by_role("button", name=re.compile("提交|评估")).click()
    _allowed(approver, FIELD)
    officer.reload()
    officer.get_by_role("button", name="启用").click()
    expect(officer.get_by_text("已启用").first).to_be_visible()


def _allowed(approver: Page, what: str) -> None:
    approver.goto("/tasks/")
    asked = approver.locator("form").filter(has=approver.get_by_role("button", name="同意", exact=True))
    approver.locator(".list-group-item, .card-body").filter(has_text=what).filter(has=asked).last.get_by_role(
        "button", name="同意", exact=True
    ).click()
    expect(approver.get_by_role("status")).to_be_visible()


def _filled_in(page: Page, customer: str) -> None:
    page.goto(f"{customer}change/")
    fold = page.locator("details").filter(has_text="更多信息")
    if fold.get_attribute("open") is None:
        fold.locator("summary").click()
    page.get_by_role("textbox", name=FIELD).fill(VALUE)
    page.get_by_role("button", name="保存", exact=True).click()


def _told(officer: Page) -> None:
    officer.goto("/catalogue/notices/")
    officer.get_by_role("link", name=re.compile("生成")).first.click()
    officer.get_by_label("联系方式").fill("400-800-0006，客服中心")
    officer.get_by_label("儿童个人信息保护负责人").fill("客服中心主管")
    officer.get_by_role("button", name="发布").click()
    expect(officer.get_by_text(FIELD).first).to_be_visible()


def _asked(page: Page) -> str:
    """From the refusal to the link that the parents get."""
    page.get_by_role("link", name="发给客户征得同意").click()
    page.get_by_label(FIELD).check()
    page.get_by_role("button", name="生成链接").click()
    return str(page.get_by_label("链接").input_value())


def _answered_by_the_guardian(phone: Page, link: str) -> None:
    phone.goto(link)
    expect(phone.locator("details").first).to_contain_text(FIELD)
    assert phone.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    for question in phone.locator("fieldset:has(input[type=radio])").all():
        question.get_by_role("radio", name="同意", exact=True).check()
    phone.get_by_label("我是未成年人的父母").check()
    phone.get_by_label("您的姓名").fill("王芳")
    phone.get_by_label("您是孩子的").select_option("母亲")
    phone.get_by_role("button", name="提交").click()
    expect(phone.get_by_role("status")).to_contain_text("已收到您的答复")


def _deleted(officer: Page, approver: Page, customer: str) -> None:
    officer.goto(customer)
    officer.get_by_role("link", name="删除", exact=True).click()
    officer.get_by_label("范围").select_option(label="勾选的字段")
    officer.get_by_role("checkbox", name=FIELD).check()
    officer.get_by_label("依据").select_option(label="个人撤回同意")
    officer.get_by_label("理由").fill("监护人撤回同意")
    officer.get_by_role("button", name="提出，等另一个人批准").click()
    _allowed(approver, "销毁")
    officer.goto("/catalogue/")
    officer.get_by_role("link", name="销毁登记").click()
    for _ in range(20):
        if officer.get_by_text("已销毁").count():
            return
        officer.wait_for_timeout(500)
        officer.reload()
    raise AssertionError("the disposal was not carried out")
