"""A real directory: read whole or not at all, compared, and carried out with a stop."""

from __future__ import annotations

import shutil
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings

from guiju.directory import ldap
from guiju.directory.config import Ldap, read_config
from guiju.directory.models import Intake
from guiju.directory.services import groups, intake
from guiju.directory.services.lines import Line
from guiju.directory.tests.slapd import LIMITED, PASSWORD, READER, SUFFIX, Person, Slapd, slapd
from guiju.kernel.errors import Refused
from guiju.organisations.models import Department, Member, MemberRole
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, join

LATER = AT + timedelta(hours=1)

pytestmark = pytest.mark.skipif(
    not (shutil.which("slapd") or Path("/usr/sbin/slapd").exists()),
    reason="there is no slapd (Debian: apt install slapd)",
)

A, B = "甲食品有限公司", "乙零售有限公司"
STAFF = [Person(f"yuangong{number}", f"员工{number}", A if number % 2 else B) for number in range(20)]
MANY = [Person(f"ren{number}", f"人{number}", A) for number in range(1203)]


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    yield
    (settings.GUIJU_FOLDER.path / "directory.toml").unlink(missing_ok=True)


def config_of(folder: Path, server: Slapd, **more: str) -> Ldap:
    """As an administrator writes it into the data folder."""
    values = {
        "url": f"ldaps://localhost:{server.tls_port}",
        "bind_dn": READER,
        "password": PASSWORD,
        "base": f"ou=people,{SUFFIX}",
        "ca_file": str(server.ca_file),
        **more,
    }
    path = folder / "directory.toml"
    path.write_text("[ldap]\n" + "\n".join(f'{name} = "{value}"' for name, value in values.items()))
    path.chmod(0o600)
    config = read_config(folder).ldap
    assert config is not None
    return config


@pytest.fixture(scope="module")
def large() -> Iterator[Slapd]:
    with slapd(MANY, {"销售": MANY[:2], "east": MANY[1:2]}) as server:
        yield server


def dn(name: str) -> str:
    """As somebody may write it."""
    return f"CN={name}, ou=groups, {SUFFIX}"


def read(group: Group, people: list[Person], members: dict[str, list[Person]] | None = None) -> Intake:
    """A directory with these people, read and compared."""
    admin = group.system_admin
    with slapd(people, members) as server, acting(admin):
        config_of(settings.GUIJU_FOLDER.path, server)
        found = intake.open_sync(actor=admin, at=LATER)
        intake.keep_people(intake_id=found.pk, content=intake.read_directory())
        return intake.preview_intake(intake_id=found.pk, actor=admin, at=LATER)


def carried_out(group: Group, found: Intake, *, leaving: int | None = None) -> Intake:
    with acting(group.system_admin):
        intake.accept_intake(found=found, leaving=leaving, actor=group.system_admin)
        return intake.run_intake(intake_id=found.pk, actor=group.system_admin, at=LATER)


def words_of(found: Intake) -> dict[str, tuple[str, str]]:
    lines = [Line.from_json(one) for one in found.lines]
    return {one.what: (one.deed.value, "；".join(one.words)) for one in lines}


@pytest.mark.parametrize("way", ["tls", "start_tls"])
def test_all_pages_are_read_with_groups_and_an_id_that_stays(tmp_path: Path, large: Slapd, way: str) -> None:
    more = {} if way == "tls" else {"url": f"ldap://localhost:{large.port}"}
    config = config_of(tmp_path, large, **more)
    people = ldap.people_of(config, ldap.read_entries(config))
    assert len(people) == len(MANY) == len({one["subject"] for one in people})
    by_name = {one["username"]: one for one in people}
    assert by_name["ren1"]["groups"] == [f"cn=east,ou=groups,{SUFFIX}", f"cn=销售,ou=groups,{SUFFIX}"]
    assert (by_name["ren0"]["name"], by_name["ren0"]["company"], by_name["ren7"]["groups"]) == ("人0", A, [])


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"password": "wrong"}, "账号或口令不对"),
        ({"base": f"ou=nowhere,{SUFFIX}"}, "没有 base"),
        ({"filter": "(("}, "filter 写得不对"),
        ({"bind_dn": LIMITED}, "只给一部分"),
        ({"ca_file": "/etc/ssl/certs/ca-certificates.crt"}, "证书或 TLS 不对"),
    ],
)
def test_what_cannot_be_read_whole_is_refused(
    tmp_path: Path, large: Slapd, more: dict[str, str], sentence: str
) -> None:
    with pytest.raises(Refused, match=sentence):
        ldap.read_entries(config_of(tmp_path, large, **more))


def test_a_certificate_for_another_name_is_refused(tmp_path: Path, large: Slapd) -> None:
    config = replace(config_of(tmp_path, large), url=f"ldaps://127.0.0.2:{large.tls_port}")
    with pytest.raises(Refused, match=r"连不上|证书"):
        ldap.read_entries(config)


def test_nobody_there_and_one_who_never_answers(tmp_path: Path, large: Slapd) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        config = config_of(tmp_path, large, url=f"ldap://127.0.0.1:{closed.getsockname()[1]}")
        with pytest.raises(Refused, match="没有读全：连不上"):
            ldap.read_entries(config)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        accepted: list[socket.socket] = []
        thread = threading.Thread(target=lambda: accepted.append(silent.accept()[0]))
        thread.start()
        config = config_of(tmp_path, large, url=f"ldap://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(Refused, match="没有读全"):
            ldap.read_entries(config, seconds=1)
        thread.join()
        accepted[0].close()


def test_people_come_change_and_keep_the_name_they_sign_in_with(group: Group) -> None:
    first = read(group, [*STAFF, Person("wai", "外人", "别的公司")])
    assert words_of(first)["员工1（yuangong1）"] == ("new", f"新账号；加入{A}")
    assert "没有“别的公司”这家公司" in words_of(first)["外人（wai）"][1]
    assert carried_out(group, first).outcome == "新增20，有问题1"
    with acting(group.system_admin):
        Department.objects.create(entity=group.company_a, name="销售部")
    changed = Person("xin.yonghuming", "员工一", A, "销售部", "组长", number="yuangong1")
    second = read(group, [changed, *(one for one in STAFF if one.uid != "yuangong1")])
    assert (second.listed, second.leaving) == (20, 0)
    assert words_of(second)["员工一（yuangong1）"] == (
        "change",
        "姓名 员工1 → 员工一；部门 — → 销售部；职务 — → 组长",
    )
    assert carried_out(group, second).outcome == "变更1，不变19"
    third = read(group, [changed, *(one for one in STAFF if one.uid != "yuangong1")])
    with acting(group.system_admin):
        assert Member.objects.get(user__username="yuangong1").title == "组长"
        with pytest.raises(Refused, match="没有可以执行的变动"):
            intake.accept_intake(found=third, actor=group.system_admin)


def test_a_tenth_may_leave_and_more_stops_until_somebody_says_how_many(group: Group) -> None:
    carried_out(group, read(group, STAFF))
    tenth = read(group, STAFF[2:])
    assert (tenth.listed, tenth.leaving) == (20, 2)
    assert words_of(tenth)["员工0（yuangong0）"] == ("end", f"离开{B}")
    assert carried_out(group, tenth).outcome == "终止2，不变18"
    with acting(group.system_admin):
        gone = Member.objects.select_related("user").get(user__username="yuangong0")
        assert gone.left_at == LATER and not gone.user.is_active
    many = read(group, STAFF[4:])
    assert (many.listed, many.leaving) == (18, 2)
    for said in (None, 1, 3):
        with acting(group.system_admin), pytest.raises(Refused, match="少了2人，是原来18人的11%"):
            intake.accept_intake(found=many, leaving=said, actor=group.system_admin)
    assert carried_out(group, many, leaving=2).outcome == "终止2，不变16"


def test_more_gone_between_preview_and_deed_than_were_confirmed_stops(group: Group) -> None:
    carried_out(group, read(group, STAFF))
    many = read(group, STAFF[4:])
    one_less = read(group, STAFF[1:])
    carried_out(group, one_less)
    with acting(group.system_admin):
        intake.accept_intake(found=many, leaving=4, actor=group.system_admin)
        with pytest.raises(Refused, match="少了3人"):
            intake.run_intake(intake_id=many.pk, actor=group.system_admin, at=LATER)


def test_an_empty_directory_is_no_reason_to_send_everybody_away(group: Group) -> None:
    with pytest.raises(Refused, match="一个人也没有读到"):
        read(group, [])


def test_who_is_here_by_hand_does_not_leave_with_the_directory(group: Group) -> None:
    carried_out(group, read(group, STAFF))
    found = read(group, STAFF)
    assert found.listed == len(STAFF)
    assert {deed for deed, _ in words_of(found).values()} == {"same"}


def test_groups_bring_roles_and_take_them_along_and_what_was_given_by_hand_stays(group: Group) -> None:
    security = group.security_admin
    with acting(security):
        for name, role in (("销售", "sales"), ("营销", "marketing")):
            groups.map_group(company=group.headquarters, group=dn(name), code=role, actor=security, at=LATER)
    by_hand = Person("xiaoshou.a", "xiaoshou.a", A)
    people = [*STAFF, by_hand]
    carried_out(group, read(group, people, {"销售": [STAFF[1], by_hand], "营销": [STAFF[1]], "别的": [STAFF[3]]}))

    def roles(username: str) -> set[str]:
        with acting(group.system_admin):
            held = MemberRole.objects.filter(member__user__username=username, ended_at=None)
            return set(held.values_list("role_id", flat=True))

    assert roles("yuangong1") == {"sales", "marketing"}
    assert roles("yuangong3") == set()
    moved = read(group, people, {"营销": [STAFF[1]], "别的": [STAFF[3]]})
    assert words_of(moved)["员工1（yuangong1）"] == ("change", "收回角色 销售")
    carried_out(group, moved)
    assert roles("yuangong1") == {"marketing"}
    assert roles("xiaoshou.a") == {"sales"}


def test_an_administrator_gets_no_role_by_a_group_and_no_group_makes_one(group: Group) -> None:
    security = group.security_admin
    with acting(security):
        groups.map_group(company=group.headquarters, group=dn("销售"), code="sales", actor=security, at=LATER)
        for code in ("system_admin", "security_admin", "audit_admin"):
            with pytest.raises(Refused, match="不能按组授予"):
                groups.map_group(company=group.headquarters, group="管理", code=code, actor=security, at=LATER)
    audit = Person("shenji", "审小计", group.headquarters.name)
    own = Person("anquan", "安小全", group.headquarters.name)
    found = read(group, [audit, own, *STAFF], {"销售": [audit, own]})
    assert "没有授予 销售：审计管理员看不到业务数据" in words_of(found)["审小计（shenji）"][1]
    assert words_of(found)["安小全（anquan）"] == ("same", "")


def test_a_second_administrator_of_the_directory_may_leave_but_never_the_last(group: Group) -> None:
    join(group.headquarters, "audit_admin", "shenji.er", group.system_admin, group.security_admin)
    both = [
        Person("shenji", "审小计", group.headquarters.name),
        Person("shenji.er", "shenji.er", group.headquarters.name),
    ]
    carried_out(group, read(group, [*both, *STAFF]))
    found = read(group, STAFF)
    assert sorted(deed for what, (deed, _) in words_of(found).items() if "shenji" in what) == ["bad", "end"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[ldap", "不是 TOML"),
        ("[mail]\nx = 1", "没有 .mail. 这一节"),
        ("[ldap]\nurl = 'ldaps://x'", "缺少 bind_dn、password、base"),
        ("[ldap]\nurl = 'http://x'\nbind_dn='a'\npassword='b'\nbase='c'", "url 写成 ldaps"),
        ("[ldap]\nurl = 'ldaps://x'\nbind_dn='a'\npassword='b'\nbase='c'\nkind='nis'", "openldap 或 ad"),
        ("[ldap]\nurl = 'ldaps://x'\nbind_dn='a'\npassword=1\nbase='c'", "password 要写成文字"),
        ("[ldap]\nurl = 'ldaps://x'\nbind_dn='a'\npassword='b'\nbase='c'\nport='9'", "没有 port"),
        ("[ldap]\nurl = 'ldaps://x'\nbind_dn='a'\npassword='b'\nbase='c'\n[ldap.attributes]\nage='x'", "没有 age"),
        ("[oidc]\nissuer = 'http://example.cn'\nclient_id='a'\nclient_secret='b'", "issuer 写成 https"),
        ("[oidc]\nissuer = 'https://example.cn'\nclient_id='a'\nclient_secret='b'\nscope='email'", "要有 openid"),
    ],
)
def test_a_wrong_configuration_is_told_in_one_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "directory.toml"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(Refused, match=f"directory.toml：.*{sentence}"):
        read_config(tmp_path)


def test_a_configuration_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "directory.toml"
    path.write_text("")
    path.chmod(0o644)
    with pytest.raises(Refused, match="其他用户也能读"):
        read_config(tmp_path)


def test_who_comes_back_with_another_company_or_as_a_new_entry_is_not_gone(group: Group) -> None:
    carried_out(group, read(group, STAFF))
    moved = replace(STAFF[1], company="改了名的公司")
    again = replace(STAFF[3], number="neu")
    found = read(group, [moved, again, STAFF[0], STAFF[2], *STAFF[4:]])
    assert found.leaving == 0
    words = words_of(found)
    assert words["员工1（yuangong1）"][0] == "bad"
    assert words["员工3（yuangong3）"][0] == "same"
    carried_out_or_nothing(group, found)
    later = read(group, [moved, again, STAFF[0], STAFF[2], *STAFF[4:]])
    assert (later.listed, later.leaving) == (20, 0)


def carried_out_or_nothing(group: Group, found: Intake) -> None:
    with acting(group.system_admin), pytest.raises(Refused, match="没有可以执行的变动"):
        intake.accept_intake(found=found, actor=group.system_admin)


def test_a_company_written_in_small_letters_is_the_same_one(group: Group) -> None:
    small = [replace(one, company=group.company_a.unified_code.lower()) for one in STAFF]
    carried_out(group, read(group, small))
    assert read(group, small).leaving == 0


def test_another_entry_cannot_take_the_name_of_one_that_is_there(group: Group) -> None:
    carried_out(group, read(group, STAFF))
    thief = Person("yuangong1", "冒名", A, number="thief")
    found = read(group, [*STAFF, thief])
    assert words_of(found)["冒名（yuangong1）"] == ("bad", "用户名“yuangong1”在这里是目录中另一个人的：请先改名")
    assert found.leaving == 0


def test_who_moves_to_another_company_keeps_the_account(group: Group) -> None:
    carried_out(group, read(group, STAFF))
    moved = replace(STAFF[1], uid="neuer.name", company=B, number="yuangong1")
    found = read(group, [moved, STAFF[0], *STAFF[2:]])
    lines = [Line.from_json(one) for one in found.lines]
    assert [(one.deed.value, one.words) for one in lines if "员工1（" in one.what] == [
        ("new", (f"加入{B}",)),
        ("end", (f"离开{A}",)),
    ]
    carried_out(group, found)
    with acting(group.system_admin):
        assert set(Member.objects.filter(user__username="yuangong1", left_at=None).values_list("entity__name")) == {
            (B,)
        }


def test_who_comes_back_may_sign_in_again_with_a_new_password(group: Group) -> None:
    carried_out(group, read(group, STAFF))
    carried_out(group, read(group, STAFF[2:]))
    back = read(group, STAFF)
    assert words_of(back)["员工1（yuangong1）"] == ("new", f"重新启用账号，要重新设口令；加入{A}")
    carried_out(group, back)
    with acting(group.system_admin):
        user = Member.objects.select_related("user").get(user__username="yuangong1", left_at=None).user
    assert user.is_active and not user.has_usable_password()
