"""Lists of people and of departments: the difference first, then the deed."""

from __future__ import annotations

import io
from datetime import timedelta

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from guiju.database.scope import scope
from guiju.directory import tasks
from guiju.directory.models import Intake
from guiju.directory.services import intake
from guiju.directory.services.lines import Deed, Line
from guiju.kernel.errors import NotAllowed, Refused
from guiju.organisations.models import Department, Entity, Member, MemberRole
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, join, sign_in

LATER = AT + timedelta(hours=1)
PEOPLE = "用户名,姓名,公司,部门,职务,电子邮箱,手机,状态"
STRUCTURE = "公司,部门,负责人,登记机关,状态"


def compared(group: Group, sort: str, *rows: str) -> Intake:
    """A list that was uploaded and compared."""
    header = PEOPLE if sort == "people" else STRUCTURE
    content = "\n".join((header, *rows)).encode()
    with acting(group.system_admin):
        found = intake.open_intake(sort=sort, name="名单.csv", content=content, actor=group.system_admin, at=LATER)
        return intake.preview_intake(intake_id=found.pk, actor=group.system_admin, at=LATER)


def carried_out(group: Group, found: Intake) -> Intake:
    with acting(group.system_admin):
        intake.accept_intake(found=found, actor=group.system_admin)
        return intake.run_intake(intake_id=found.pk, actor=group.system_admin, at=LATER)


def lines_of(found: Intake) -> list[tuple[int, str, str]]:
    lines = [Line.from_json(one) for one in found.lines]
    return [(one.number, one.deed.value, "；".join(one.words)) for one in lines]


def everybody(group: Group) -> set[tuple[str, str]]:
    with acting(group.system_admin):
        return set(Member.objects.filter(left_at=None).values_list("entity__name", "user__username"))


def test_a_preview_shows_who_comes_changes_and_leaves_and_changes_nothing(group: Group) -> None:
    before = everybody(group)
    found = compared(
        group,
        "people",
        f"xin.a,新人甲,{group.company_a.name},,销售,,,",
        f"xiaoshou.a,xiaoshou.a,{group.company_a.unified_code},,销售组长,,,在职",
        f"xiaoshou.b,xiaoshou.b,{group.company_b.name},,,,,离职",
        f"hegui,hegui,{group.headquarters.name},,,,,",
    )
    assert lines_of(found) == [
        (2, "new", "新账号；加入甲食品有限公司；职务 销售"),
        (3, "change", "职务 — → 销售组长"),
        (4, "end", "离开乙零售有限公司；收回1个角色"),
        (5, "same", ""),
    ]
    assert found.state == Intake.State.PREVIEWED
    assert everybody(group) == before


def test_what_was_shown_is_done_with_entries_and_the_file_is_forgotten(group: Group) -> None:
    found = compared(
        group,
        "people",
        f"xin.a,新人甲,{group.company_a.name},,销售,xin@example.cn,13800138000,",
        f"xiaoshou.b,xiaoshou.b,{group.company_b.name},,,,,离职",
    )
    done = carried_out(group, found)
    assert (done.state, done.outcome, bytes(done.content)) == (Intake.State.DONE, "新增1，终止1", b"")
    assert (group.company_a.name, "xin.a") in everybody(group)
    assert (group.company_b.name, "xiaoshou.b") not in everybody(group)
    with acting(group.system_admin):
        new = Member.objects.select_related("user").get(user__username="xin.a")
        assert (new.user.email, new.user.phone, new.title) == ("xin@example.cn", "13800138000", "销售")
        assert not new.user.has_usable_password()
        again = intake.run_intake(intake_id=done.pk, actor=group.system_admin, at=LATER)
    assert again.outcome == "新增1，终止1"


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("xin.a,新人甲,没有这家,,,,,", "没有“没有这家”这家公司"),
        ("xin.a,新人甲,,,,,,", "没有写公司"),
        ("新人,新人甲,{a},,,,,", "只能用小写字母"),
        ("xin.a,,{a},,,,,", "姓名要填写"),
        ("xin.a,新人甲,{a},没有的部,,,,", "没有部门“没有的部”"),
        ("xin.a,新人甲,{a},,,不是邮箱,,", "邮箱"),
        ("hegui,别的人,{a},,,,,", "用户名“hegui”是hegui的"),
        ("xin.a,新人甲,{a},,,,,离职", "没有用户名是“xin.a”的在职成员"),
        ("xitong,系小统,{hq},,,,,离职", "自己的离职"),
        ("shenji,审小计,{hq},,,,,离职", "审小计是最后一个审计管理员"),
    ],
)
def test_a_bad_row_is_told_and_the_others_go_in(group: Group, row: str, sentence: str) -> None:
    row = row.format(a=group.company_a.name, hq=group.headquarters.name)
    found = compared(group, "people", row, f"xin.b,新人乙,{group.company_b.name},,,,,")
    (number, deed, words), good = lines_of(found)
    assert (number, deed) == (2, "bad")
    assert sentence in words
    assert good[:2] == (3, "new")
    done = carried_out(group, found)
    assert done.outcome == "新增1，有问题1"
    assert (group.company_b.name, "xin.b") in everybody(group)


def test_two_rows_that_would_leave_no_administrator_are_told_in_the_preview(group: Group) -> None:
    second = join(group.headquarters, "security_admin", "anquan.er", group.system_admin, group.security_admin)
    found = compared(
        group,
        "people",
        f"anquan,安小全,{group.headquarters.name},,,,,离职",
        f"anquan.er,{second.user.name},{group.headquarters.name},,,,,离职",
    )
    (_, one, _), (_, other, words) = lines_of(found)
    assert (one, other) == ("end", "bad")
    assert "最后一个安全管理员" in words


def test_one_person_in_two_companies_is_two_rows_and_twice_in_one_is_told(group: Group) -> None:
    found = compared(
        group,
        "people",
        f"xin.a,新人甲,{group.company_a.name},,,,,",
        f"xin.a,新人甲,{group.company_b.name},,,,,",
        f"xin.a,新人甲,{group.company_a.unified_code},,,,,",
    )
    assert [line[:2] for line in lines_of(found)] == [(2, "new"), (3, "new"), (4, "bad")]
    assert "与第2行是同一个人" in lines_of(found)[2][2]


def test_what_somebody_had_in_hand_goes_to_the_head_or_the_row_is_told(group: Group) -> None:
    found = compared(group, "structure", f"{group.company_a.name},销售部,xiaoshou.a,,")
    carried_out(group, found)
    leaving = f"xiaoshou.a,xiaoshou.a,{group.company_a.name},,,,,离职"
    found = compared(group, "people", leaving)
    assert "请选择接手人" in lines_of(found)[0][2]

    boss = join(group.company_a, "sales", "zhuguan.a", group.system_admin, group.security_admin)
    carried_out(group, compared(group, "structure", f"{group.company_a.name},总部,zhuguan.a,,"))
    with acting(group.system_admin):
        department = Department.objects.get(name="总部")
        Member.objects.filter(pk=group.sales_a.pk).update(department=department)
    found = compared(group, "people", leaving)
    assert lines_of(found)[0][1:] == ("end", f"离开甲食品有限公司；收回1个角色；部门负责人1项交给{boss.user.name}")


def test_departments_come_with_those_above_them_and_the_authority_of_the_company(group: Group) -> None:
    found = compared(
        group,
        "structure",
        f"{group.company_a.unified_code},,,杭州市西湖区市场监督管理局,",
        f"{group.company_a.name},销售部,,,",
        f"{group.company_a.name},销售部/华东组,xiaoshou.a,,",
        f"{group.company_a.name},客服部/夜班,,,",
    )
    assert [line[1] for line in lines_of(found)] == ["change", "new", "new", "bad"]
    assert "上级部门“客服部”不在系统中" in lines_of(found)[3][2]
    with acting(group.system_admin):
        assert not Department.objects.exists()
    carried_out(group, found)
    with acting(group.system_admin):
        inner = Department.objects.select_related("parent", "head__user").get(name="华东组")
        assert inner.parent is not None and inner.parent.name == "销售部"
        assert inner.head == group.sales_a
        assert Entity.objects.get(pk=group.company_a.pk).authority == "杭州市西湖区市场监督管理局"
    again = compared(
        group, "structure", f"{group.company_a.name},销售部/华东组,,,", f"{group.company_a.name},销售部,,,撤销"
    )
    assert [line[1] for line in lines_of(again)] == ["same", "bad"]
    closed = compared(
        group, "structure", f"{group.company_a.name},销售部/华东组,,,撤销", f"{group.company_a.name},销售部,,,撤销"
    )
    assert [line[1] for line in lines_of(closed)] == ["end", "end"]


@pytest.mark.parametrize(
    ("sort", "content", "sentence"),
    [
        ("people", "", "是空的"),
        ("people", "甲,乙\n1,2", "没有表头“用户名”"),
        ("people", "用户名,姓名\na,b", "缺少列：公司"),
        ("people", PEOPLE, "只有表头"),
        ("people", f"{PEOPLE}\na,b,c,,,,,休假", "状态写“在职”或“离职”"),
        ("structure", STRUCTURE, "只有表头"),
        ("structure", f"{STRUCTURE}\n甲,乙,,,关闭", "状态空着"),
        ("companies", "x", "请选择"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_at_once(group: Group, sort: str, content: str, sentence: str) -> None:
    admin = group.system_admin
    with acting(admin), pytest.raises(Refused, match=sentence):
        intake.open_intake(sort=sort, name="名单.csv", content=content.encode(), actor=admin, at=LATER)


def test_only_a_system_administrator_takes_lists_in(group: Group) -> None:
    for member in (group.security_admin, group.compliance, group.sales_a):
        with acting(member), pytest.raises(NotAllowed):
            intake.open_intake(sort="people", name="x.csv", content=PEOPLE.encode(), actor=member, at=LATER)


def test_a_list_is_decided_once(group: Group) -> None:
    found = compared(group, "people", f"xin.a,新人甲,{group.company_a.name},,,,,")
    with acting(group.system_admin):
        dropped = intake.drop_intake(found=found, actor=group.system_admin, at=LATER)
        assert (bytes(dropped.content), dropped.lines) == (b"", [])
        with pytest.raises(Refused, match="已经处理过"):
            intake.accept_intake(found=found, actor=group.system_admin)


def test_a_list_without_differences_has_nothing_to_carry_out(group: Group) -> None:
    found = compared(group, "people", f"hegui,hegui,{group.headquarters.name},,,,,")
    with acting(group.system_admin), pytest.raises(Refused, match="没有可以执行的变动"):
        intake.accept_intake(found=found, actor=group.system_admin)


def test_what_is_done_by_hand_meanwhile_is_no_difference_any_more(group: Group) -> None:
    found = compared(
        group, "people", f"xin.a,新人甲,{group.company_a.name},,,,,", f"xin.b,新人乙,{group.company_b.name},,,,,"
    )
    other = compared(group, "people", f"xin.a,新人甲,{group.company_a.name},,,,,")
    carried_out(group, other)
    done = carried_out(group, found)
    assert [Line.from_json(one).deed for one in done.lines] == [Deed.SAME, Deed.NEW]


def test_the_pages_compare_and_carry_out(group: Group, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def now(**ids: str) -> None:
        tasks.work_on_intake.func(**ids)

    monkeypatch.setattr(tasks.work_on_intake, "defer", now)
    sign_in(client, "xitong")
    template = openpyxl.load_workbook(io.BytesIO(client.get("/people/intake/template/people.xlsx").content)).active
    assert template.column_dimensions["G"].number_format == "@", "phones"
    assert client.get("/people/intake/template/ldap.xlsx").status_code == 404
    content = f"{PEOPLE}\nxin.a,新人甲,{group.company_a.name},,,,,\nxin.b,新人乙,没有,,,,,".encode()
    upload = {"sort": "people", "file": SimpleUploadedFile("名单.csv", content)}
    sent = client.post("/people/intake/", upload)
    page = client.get(sent["Location"]).content.decode()
    assert "新账号；加入甲食品有限公司" in page and "没有“没有”这家公司" in page and "确认执行" in page
    lines = openpyxl.load_workbook(io.BytesIO(client.get(f"{sent['Location']}lines.xlsx").content)).active
    assert [row[0] for row in lines.iter_rows(min_row=2, values_only=True)] == [2, 3]
    page = client.post(sent["Location"], follow=True).content.decode()
    assert "已执行：新增1，有问题1" in page
    again = client.post(sent["Location"], follow=True)
    assert "已经处理过" in again.content.decode()
    bad = client.post("/people/intake/", {"sort": "people", "file": SimpleUploadedFile("名单.csv", b"x")})
    assert bad.status_code == 422
    assert "没有表头" in bad.content.decode()
    told = client.post("/people/intake/sync/", follow=True).content.decode()
    assert "还没有配置企业目录" in told


def test_a_fault_of_the_program_leaves_no_list_hanging(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    found = compared(group, "people", f"xin.a,新人甲,{group.company_a.name},,,,,")
    admin = group.system_admin
    with acting(admin):
        intake.accept_intake(found=found, actor=admin)

    def fault(**named: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(intake, "run_intake", fault)
    with pytest.raises(RuntimeError):
        tasks.work_on_intake.func(
            intake_id=str(found.pk), entity_id=str(found.entity_id), member_id=str(admin.pk), user_id=str(admin.user_id)
        )
    with scope(entities={found.entity_id}):
        ended = Intake.objects.get(pk=found.pk)
    assert (ended.state, ended.outcome[:4]) == (Intake.State.FAILED, "程序出错")


def test_a_head_who_leaves_in_the_same_list_takes_nothing_over(group: Group) -> None:
    boss = join(group.company_a, "sales", "zhuguan.a", group.system_admin, group.security_admin)
    carried_out(
        group,
        compared(
            group,
            "structure",
            f"{group.company_a.name},总部,zhuguan.a,,",
            f"{group.company_a.name},总部/销售部,xiaoshou.a,,",
        ),
    )
    with acting(group.system_admin):
        department = Department.objects.get(name="总部")
        Member.objects.filter(pk__in=[group.sales_a.pk, boss.pk]).update(department=department)
    found = compared(
        group,
        "people",
        f"xiaoshou.a,xiaoshou.a,{group.company_a.name},,,,,离职",
        f"zhuguan.a,{boss.user.name},{group.company_a.name},,,,,离职",
    )
    assert [line[1] for line in lines_of(found)] == ["end", "bad"]
    other = compared(group, "people", f"xin.a,新人甲,{group.company_a.name},,{'长' * 61},,,")
    assert lines_of(other)[0][1:] == ("bad", "职务最多60个字")


def test_what_changes_in_one_company_is_known_in_the_other(group: Group) -> None:
    carried_out(
        group,
        compared(
            group,
            "people",
            f"xin.a,新人甲,{group.company_a.name},,,alt@example.cn,,",
            f"xin.a,新人甲,{group.company_b.name},,,,,",
        ),
    )
    carried_out(
        group,
        compared(
            group,
            "people",
            f"xin.a,新人甲,{group.company_a.name},,,neu@example.cn,,",
            f"xin.a,新人甲,{group.company_b.name},,店员,,,",
        ),
    )
    with acting(group.system_admin):
        assert set(Member.objects.filter(user__username="xin.a").values_list("user__email")) == {("neu@example.cn",)}


def test_who_loses_the_right_meanwhile_has_nothing_done(group: Group) -> None:
    found = compared(group, "people", f"xin.a,新人甲,{group.company_a.name},,,,,")
    admin = group.system_admin
    with acting(admin):
        intake.accept_intake(found=found, actor=admin)
        MemberRole.objects.filter(member=admin).update(ended_at=LATER)
    tasks.work_on_intake.func(
        intake_id=str(found.pk), entity_id=str(found.entity_id), member_id=str(admin.pk), user_id=str(admin.user_id)
    )
    with scope(entities={found.entity_id}):
        ended = Intake.objects.get(pk=found.pk)
    assert (ended.state, bytes(ended.content)) == (Intake.State.FAILED, b"")
    assert (group.company_a.name, "xin.a") not in everybody(group)


def test_what_nobody_confirms_goes_after_a_week_and_the_names_of_the_others_later(group: Group) -> None:
    waiting = compared(group, "people", f"xin.a,新人甲,{group.company_a.name},,,,,")
    done = carried_out(group, compared(group, "people", f"xin.b,新人乙,{group.company_b.name},,,,,"))
    assert intake.forget_old_intakes(at=LATER + timedelta(days=6)) == 0
    assert intake.forget_old_intakes(at=LATER + timedelta(days=8)) == 1
    assert intake.forget_old_intakes(at=LATER + timedelta(days=91)) == 0
    with acting(group.system_admin):
        gone, kept = Intake.objects.get(pk=waiting.pk), Intake.objects.get(pk=done.pk)
    assert (gone.state, bytes(gone.content), gone.lines) == (Intake.State.DROPPED, b"", [])
    assert (kept.state, kept.lines, kept.outcome) == (Intake.State.DONE, [], "新增1")
