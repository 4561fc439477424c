"""Tokens on the command line, and the way back in from the server itself."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator, Sequence
from uuid import UUID

import click
from django.utils import timezone

from guiju.accounts.models import SignIn
from guiju.accounts.origin import Origin
from guiju.accounts.services import recovery, signing_in
from guiju.accounts.services.recovery import NEEDED
from guiju.kernel.errors import NotAllowed
from guiju.organisations import selectors
from guiju.organisations.cli import as_member
from guiju.organisations.models import Member, User
from guiju.organisations.permissions import is_powerful
from guiju.organisations.services import tokens

_HERE = Origin(None, "guiju", "command")


@click.group(help="访问令牌")
def token() -> None:
    pass


@token.command("create", help="以自己的用户名和口令生成访问令牌；令牌只显示这一次")
@click.option("--member", "username", required=True, help="用户名")
@click.option("--company", "code", help="加入了几家公司时：哪一家，写统一社会信用代码")
@click.option("--scope", "scope", multiple=True, help="只能用于这项权限，如 company.read，可以给几次；不给就是全部权限")
@click.option("--name", default="命令行", show_default=True, help="用途")
@click.option("--days", type=int, default=90, show_default=True, help="有效天数")
def create_token(username: str, code: str | None, scope: tuple[str, ...], name: str, days: int) -> None:
    user, has_factor = _signed_in(username)
    places = selectors.memberships_of(user)
    if code:
        places = [place for place in places if place.entity.unified_code == code.upper()]
    if not places:
        raise NotAllowed("no_membership", "这个账号还没有加入这家公司：请系统管理员办理")
    with selectors.acting(places[0]):
        if is_powerful(places[0]) and not has_factor:
            raise NotAllowed("factor_missing", "您的角色要先设置第二因子：请在网页上登录，按提示设置")
        secret = tokens.create_token(member=places[0], name=name, days=days, scope=scope, at=timezone.now())
    click.echo(secret)


def _signed_in(username: str) -> tuple[User, bool]:
    """Who it is, and whether a second factor has shown it; each step is logged like one on the page."""
    # Not options: what stands in a command line, every program of the machine can read.
    password = os.environ.get("GUIJU_PASSWORD") or click.prompt("口令", hide_input=True)
    signed = signing_in.check_password(username=username, password=password, origin=_HERE, at=timezone.now())
    user, has_factor = signed.user, False
    if user is not None and signed.outcome == SignIn.Outcome.HALF:
        code = os.environ.get("GUIJU_CODE") or click.prompt("验证码")
        signed = signing_in.check_code(user=user, code=code, origin=_HERE, at=timezone.now())
        user, has_factor = signed.user, True
    if user is None:
        raise NotAllowed("sign_in_failed", signed.sentence)
    return user, has_factor


@token.command("list", help="自己的访问令牌")
@as_member
def list_tokens(member: Member) -> None:
    for one in selectors.tokens_of(member):
        scope = "、".join(one.scope) or "全部权限"
        click.echo(f"{one.pk}  到期 {timezone.localtime(one.expires_at):%Y-%m-%d}  {one.name}（{scope}）")


@token.command("revoke", help="吊销自己的一个访问令牌")
@click.argument("token_id", type=click.UUID)
@as_member
def revoke_token(member: Member, token_id: UUID) -> None:
    ended = tokens.revoke_token(member=member, token_id=token_id, at=timezone.now())
    click.echo(f"已吊销：{ended.name}")


@click.group(help="在服务器上直接办的事：只凭操作系统的账号，办了就记入日志")
def admin() -> None:
    pass


@admin.command("recover", help="没有管理员能登录时，凭两张恢复单让一个人重新设口令；所有人三十天内都会看到")
@click.option("--member", "username", required=True, help="用户名")
@click.option("--reason", required=True, help="为什么要从服务器恢复")
def recover_account(username: str, reason: str) -> None:
    back = recovery.recover_account(
        username=username, sheets=_asked_sheets(), account=getpass.getuser(), reason=reason, at=timezone.now()
    )
    click.echo("请本人在登录页选“激活码”，设新口令；原来的第二因子已在那时作废")
    click.echo(f"激活码 {back.secret}")
    click.echo(f"核验码 {back.code}")
    for line in sheet_lines(back.sheets):
        click.echo(line)


@admin.command("sheets", help="凭两张旧的恢复单打印三张新的；旧的作废")
def print_sheets() -> None:
    for line in sheet_lines(recovery.print_sheets(sheets=_asked_sheets(), at=timezone.now())):
        click.echo(line)


def _asked_sheets() -> list[str]:
    # Not options: what stands in a command line, every program of the machine can read.
    given = os.environ.get("GUIJU_SHEETS")
    return given.split(",") if given else [click.prompt(f"第{number}张恢复单") for number in range(1, NEEDED + 1)]


def sheet_lines(sheets: Sequence[str]) -> Iterator[str]:
    """What is printed and locked away in three places."""
    yield ""
    yield f"恢复单，共{len(sheets)}张：请分别打印或抄写，交三个人锁在三处。只显示这一次；任意{NEEDED}张可以恢复。"
    for number, code in enumerate(sheets, 1):
        yield f"  恢复单{number}  {code}"
