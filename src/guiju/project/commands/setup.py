"""`guiju setup`: the group company and three administrators in one step, with no default passwords."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import click
import django

from guiju.kernel.calendar.clock import today
from guiju.kernel.errors import Problem, Refused
from guiju.kernel.identifiers import Invalid, regions, unified_code
from guiju.project.commands.folder_option import DATA, chosen_folder, use_folder

_PEOPLE = (("system_admin", "系统管理员"), ("security_admin", "安全管理员"), ("audit_admin", "审计管理员"))


@click.command(help="初始设置：登记集团公司，建立系统、安全、审计三个管理员（先用 guiju up 启动）")
@DATA
@click.option("--name", prompt="集团公司名称", help="与营业执照一致")
@click.option("--unified-code", prompt="统一社会信用代码")
@click.option("--region", prompt="区划代码（住所所在县、区，6位）")
@click.option("--sector", prompt="行业", default="general", show_default=True)
@click.option(
    "--went-live-on", type=click.DateTime(["%Y-%m-%d"]), default=lambda: today().isoformat(), help="系统上线日期"
)
@click.option(
    "--administrator",
    "given",
    multiple=True,
    metavar="ROLE:USER:NAME",
    help="不逐个询问时给出三次；口令随后从标准输入逐行读取",
)
def setup(
    data: Path | None,
    name: str,
    unified_code: str,
    region: str,
    sector: str,
    went_live_on: datetime,
    given: tuple[str, ...],
) -> None:
    folder = chosen_folder(data, demo=False)
    if folder.is_demo:
        raise Refused("demo_stays_demo", "演示数据不能转为正式：请用另一个数据文件夹运行 guiju up，再运行 guiju setup")
    if not folder.run:
        raise Refused("not_running", "请先在另一个终端用 guiju up 启动，再运行 guiju setup")
    _check(unified_code, region)
    use_folder(folder)
    django.setup()
    from guiju.organisations.selectors import is_set_up
    from guiju.organisations.services import CompanyDetails
    from guiju.organisations.services.setup import Administrator, set_up

    if is_set_up():
        raise Refused("already_set_up", "已经完成过初始设置：三个管理员已在，账号请由系统管理员办理")
    people = _given(given) if given else _asked()
    group = set_up(
        instance=UUID(folder.instance),
        kind=folder.kind,
        group=CompanyDetails(name, unified_code, region, sector, went_live_on.date(), None),
        administrators=[Administrator(*person) for person in people],
        at=datetime.now(UTC),
    )
    click.echo(f"已登记{group.name}，三个管理员可以登录：{folder.run['url']}")


def _check(code: str, region: str) -> None:
    """What can be told before anybody has typed passwords."""
    problems = []
    for field, check, text in (("unified_code", unified_code.check, code), ("region", regions.check_county, region)):
        try:
            check(text)
        except Invalid as refusal:
            problems.append(Problem(refusal.code, refusal.sentence, field))
    if problems:
        raise Refused.because(problems)


def _asked() -> list[tuple[str, str, str, str]]:
    people = []
    for role, title in _PEOPLE:
        click.echo(f"\n{title}")
        name = click.prompt("  姓名")
        user = click.prompt("  用户名（小写字母、数字）")
        password = click.prompt("  口令（至少12位）", hide_input=True, confirmation_prompt="  再输入一次")
        people.append((role, user, name, password))
    return people


def _given(given: tuple[str, ...]) -> list[tuple[str, str, str, str]]:
    people = []
    for one in given:
        parts = one.split(":")
        if len(parts) != 3:
            raise Refused("administrator_shape", f"--administrator 应为 角色:用户名:姓名，现为 {one}")
        role, user, name = parts
        people.append((role, user, name, sys.stdin.readline().rstrip("\n")))
    return people
