"""`guiju setup`: the group company and three administrators in one step, with no default passwords."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import click

from guiju.kernel.calendar.clock import today
from guiju.kernel.crypto.envelope import Algorithm, algorithm_named
from guiju.kernel.errors import Problem, Refused
from guiju.kernel.sectors import LABELS
from guiju.project.commands.folder_option import DATA, chosen_folder, use_folder

_CHECKPOINT_SECONDS = 15
_PEOPLE = (("system_admin", "系统管理员"), ("security_admin", "安全管理员"), ("audit_admin", "审计管理员"))


@click.command(help="初始设置：登记集团公司，建立系统、安全、审计三个管理员（先用 guiju up 启动）；没有给出的逐项询问")
@DATA
@click.option("--name", help="集团公司名称，与营业执照一致")
@click.option("--unified-code", help="统一社会信用代码")
@click.option("--region", help="区划代码（住所所在县、区，6位）")
@click.option("--sector", help=f"行业：{'、'.join(LABELS.values())}")
@click.option("--went-live-on", type=click.DateTime(["%Y-%m-%d"]), help="系统上线日期（默认今天）")
@click.option(
    "--administrator",
    "given",
    multiple=True,
    metavar="角色:用户名:姓名",
    help="不逐个询问时给出三次，角色为 system_admin、security_admin、audit_admin；口令随后从标准输入逐行读取",
)
@click.option(
    "--algorithm",
    type=click.Choice([one.label for one in Algorithm]),
    help="加密存放的用什么算法：AES-256-GCM（默认）或国密 SM4-GCM；以后用 guiju keys rotate 换",
)
@click.option(
    "--backup-to", help="备份放到哪里：另一块盘或另一台机器上的文件夹，或 s3://存储桶/前缀（访问密钥放在环境变量里）"
)
@click.option("--sheets", type=click.Path(file_okay=False, path_type=Path), help="备份恢复单的 PDF 写到这个文件夹")
@click.option("--witness", help="外部见证：把日志的检查点交给外面的谁保管，例如某会计师事务所")
def setup(
    data: Path | None,
    name: str | None,
    unified_code: str | None,
    region: str | None,
    sector: str | None,
    went_live_on: datetime | None,
    given: tuple[str, ...],
    algorithm: str | None,
    backup_to: str | None,
    sheets: Path | None,
    witness: str | None,
) -> None:
    folder = chosen_folder(data, demo=False)
    if folder.is_demo:
        raise Refused("demo_stays_demo", "演示数据不能转为正式：请用另一个数据文件夹运行 guiju up，再运行 guiju setup")
    if not folder.run:
        raise Refused("not_running", "请先在另一个终端用 guiju up 启动，再运行 guiju setup")
    use_folder(folder)
    from django.db import OperationalError

    from guiju.accounts.cli import sheet_lines
    from guiju.accounts.services.recovery import print_sheets
    from guiju.organisations.selectors import is_set_up
    from guiju.organisations.services import CompanyDetails
    from guiju.organisations.services.companies import checked
    from guiju.organisations.services.setup import Administrator, set_up
    from guiju.project.recovery_sheets import decide_target, print_recovery_sheets, recovery_lines

    try:
        if is_set_up():
            raise Refused("already_set_up", "已经完成过初始设置：三个管理员已在，账号请由安全管理员办理")
        group, problems = checked(
            CompanyDetails(
                name=name or click.prompt("集团公司名称"),
                unified_code=unified_code or click.prompt("统一社会信用代码"),
                region=region or click.prompt("区划代码（住所所在县、区，6位）"),
                sector=sector or click.prompt("行业", default="综合"),
                went_live_on=went_live_on.date() if went_live_on else today(),
                parent_id=None,
            )
        )
        if problems:  # Before anybody has typed passwords.
            raise Refused.because(problems)
        people = _given(given) if given else _asked()
        if algorithm:  # Before the first key is made.
            folder.choose_algorithm(algorithm_named(algorithm))
        made = set_up(
            instance=UUID(folder.instance),
            kind=folder.kind,
            group=group,
            administrators=[Administrator(*person) for person in people],
            at=datetime.now(UTC),
        )
        ways_in = print_sheets(at=datetime.now(UTC))
        printed = print_recovery_sheets(folder, account="", reason="", at=datetime.now(UTC), where=sheets)
    except OperationalError as failure:
        raise Refused("database_away", f"数据库没有应答：{str(failure).strip().splitlines()[0]}") from failure
    click.echo(f"已登记{made.name}，三个管理员可以登录：{folder.run['url']}")
    for line in (*sheet_lines(ways_in), *recovery_lines(printed)):
        click.echo(line)
    if backup_to is None and not given:
        click.echo("\n备份要放在另一块盘或另一台机器上：和数据放在一起的备份，会和数据一起丢失。")
        backup_to = click.prompt(
            "备份放到哪里（可以先留空，以后用 guiju backup target 指定）", default="", show_default=False
        )
    if backup_to and backup_to.strip():
        click.echo(f"备份放到 {decide_target(folder, backup_to.strip())}，每两秒一次，每天一次全量")
    else:
        click.echo("还没有备份：机器或磁盘坏了，数据就没有了")
    if witness is None and not given:
        click.echo("\n日志的检查点要有外面一方保管，否则不能排除整套日志被重写。")
        witness = click.prompt(
            "交给谁保管（可以先留空，以后在“存证 → 外部见证”里登记）", default="", show_default=False
        )
    if witness and witness.strip():
        _hand_out(witness.strip(), folder.path)


def _hand_out(label: str, folder: Path) -> None:
    """The first checkpoint, as a file for whoever is to keep it; the sequencer signs within seconds."""
    from guiju.evidence.selectors.log import newest_checkpoint
    from guiju.evidence.services.anchoring import hand_out_witness

    for _ in range(_CHECKPOINT_SECONDS):
        if newest_checkpoint() is not None:
            break
        time.sleep(1)
    else:
        click.echo("还没有签发检查点（见 guiju status）：请稍后在“存证 → 外部见证”里登记", err=True)
        return
    made = hand_out_witness(label=label[:100], by=None, at=datetime.now(UTC))
    file = folder / f"checkpoint-{made.size}.txt"
    file.write_text(made.checkpoint, "utf-8")
    click.echo(f"检查点已写入 {file}：请交给{label}保管")


def _asked() -> list[tuple[str, str, str, str]]:
    """Ask for three people; what won't do is asked for again at once, so that nothing typed is lost."""
    from guiju.organisations.models import User
    from guiju.organisations.services.people import password_problems, username_problems

    people: list[tuple[str, str, str, str]] = []
    for role, title in _PEOPLE:
        click.echo(f"\n{title}")
        name = click.prompt("  姓名")

        def username_faults(text: str) -> list[Problem]:
            if text.strip().casefold() in {user for _, user, _, _ in people}:
                return [Problem("three_administrators", "三个管理员必须是三个不同的人")]
            return username_problems(text.strip().casefold())

        user = _until_it_does(lambda: click.prompt("  用户名（小写字母、数字）"), username_faults)
        password = _until_it_does(
            lambda: click.prompt("  口令（至少12位）", hide_input=True, confirmation_prompt="  再输入一次"),
            lambda text, user=user, name=name: password_problems(text, User(username=user, name=name)),  # type: ignore[misc]
        )
        people.append((role, user.strip().casefold(), name, password))
    return people


def _until_it_does(ask: Callable[[], str], faults: Callable[[str], list[Problem]]) -> str:
    while True:
        text = ask()
        found = faults(text)
        if not found:
            return text
        click.echo("  " + "；".join(problem.sentence for problem in found), err=True)


def _given(given: tuple[str, ...]) -> list[tuple[str, str, str, str]]:
    people = []
    for one in given:
        parts = one.split(":")
        if len(parts) != 3:
            raise Refused("administrator_shape", f"--administrator 应为 角色:用户名:姓名，现为 {one}")
        role, user, name = parts
        people.append((role, user, name, sys.stdin.readline().rstrip("\n")))
    return people
