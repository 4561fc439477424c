"""Groups of commands that lie in a part: Django is set up before they are imported."""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path

import click
import django

from guiju.kernel.errors import Refused
from guiju.project.commands.folder_option import chosen_folder, use_folder

_IS_HELP = "guiju.is_help"


class PartGroup(click.Group):
    """A group whose commands stand in a part's `cli.py` under the group's name."""

    def __init__(self, name: str, module: str, *, help: str, attribute: str = "") -> None:
        super().__init__(name, help=help, callback=_keep)
        self._module = module
        # A command may bear a name that Python keeps for itself.
        self._attribute = attribute or name
        self.params += [
            click.Option(["--demo"], is_flag=True, help="演示数据，用它自己的数据文件夹"),
            click.Option(
                ["--data"],
                type=click.Path(path_type=Path),
                envvar="GUIJU_DATA",
                help="数据文件夹（环境变量 GUIJU_DATA）",
            ),
            click.Option(["--token", "secret"], envvar="GUIJU_TOKEN", help="访问令牌（环境变量 GUIJU_TOKEN）"),
        ]

    def _group(self) -> click.Group:
        # Its module imports models: Django has to know its settings, if not yet a folder.
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guiju.project.settings")
        django.setup()
        group: click.Group = getattr(import_module(self._module), self._attribute)
        return group

    def list_commands(self, ctx: click.Context) -> list[str]:
        return self._group().list_commands(ctx)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        return self._group().get_command(ctx, name)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.meta[_IS_HELP] = "--help" in args
        rest = super().parse_args(ctx, args)
        if not ctx.meta[_IS_HELP]:
            use_folder(chosen_folder(ctx.params.get("data"), demo=bool(ctx.params.get("demo"))))
        return rest

    def invoke(self, ctx: click.Context) -> object:
        from django.conf import settings
        from django.db import OperationalError

        if not ctx.meta[_IS_HELP] and not settings.GUIJU_DATABASE.administrator:
            raise Refused("not_running", "数据库没有运行：请先用 guiju up 启动")
        try:
            return super().invoke(ctx)
        except OperationalError as failure:
            raise Refused("database_away", f"数据库没有应答：{str(failure).strip().splitlines()[0]}") from failure


@click.pass_context
def _keep(ctx: click.Context, demo: bool, data: Path | None, secret: str | None) -> None:
    ctx.obj = secret


company = PartGroup("company", "guiju.organisations.cli", help="公司：登记、修改、查询、历史、导入")
access = PartGroup("access", "guiju.organisations.cli", help="权限：分级表，谁能看什么、为什么")
token = PartGroup("token", "guiju.accounts.cli", help="访问令牌：程序和命令行以成员身份办事的钥匙")
directory = PartGroup("directory", "guiju.directory.cli", help="组织目录：导入名单，与企业目录同步")
calendar = PartGroup("calendar", "guiju.deadlines.cli", help="工作日历：查看一年的放假安排，录入国务院的通知")
deadlines = PartGroup("deadlines", "guiju.deadlines.cli", help="期限：列出、解释、重新推算")
notices = PartGroup("notices", "guiju.notifications.cli", help="通知：发出的、不确定的，重发")
document = PartGroup("document", "guiju.documents.cli", help="文书：列出模板，打印样张")
admin = PartGroup("admin", "guiju.accounts.cli", help="在服务器上直接办的事：只凭操作系统的账号，办了就记入日志")
evidence = PartGroup("evidence", "guiju.evidence.cli", help="存证：核对、证明、存证包、检查点；只凭操作系统的账号")
customer = PartGroup("customer", "guiju.customers.cli", help="客户：列出，冻结")
opportunity = PartGroup("opportunity", "guiju.sales.cli", help="商机：列出")
complaints = PartGroup("complaints", "guiju.complaints.cli", help="投诉：导入平台和以前的，统计")
rectification = PartGroup("rectification", "guiju.complaints.cli", help="整改任务单：列出，看效果")
lead = PartGroup("lead", "guiju.sales.cli", help="线索：列出")
consent = PartGroup("consent", "guiju.customers.cli", help="同意：一位客户的全部同意")
catalogue = PartGroup("catalogue", "guiju.privacy.cli", help="字段台账：列出、查看")
file = PartGroup("file", "guiju.files.cli", help="附件：列出、上传、取出")
export_group = PartGroup("export", "guiju.sales.cli", help="导出：客户、订单、商机", attribute="exporting")
import_group = PartGroup("import", "guiju.orders.cli", help="导入：客户、产品、订单", attribute="importing")
cleanup = PartGroup("cleanup", "guiju.privacy.cli", help="数据清理：查找、冻结、提请删除违规数据，必要性报告")
refusal = PartGroup("refusal", "guiju.privacy.cli", help="拒收名单：登记、导入、查找")
disposal = PartGroup("disposal", "guiju.customers.cli", help="销毁：登记、提出、审批")
hold = PartGroup("hold", "guiju.customers.cli", help="保全：列出、登记、解除")
