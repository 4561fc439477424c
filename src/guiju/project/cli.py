"""The command `guiju`."""

from __future__ import annotations

import click

from guiju import __version__
from guiju.cli.chinese import speak_chinese
from guiju.cli.groups import LazyGroup

speak_chinese()

main = LazyGroup(
    {
        "up": ("guiju.project.commands.up:up", "启动数据库、网页和后台任务，在前台运行"),
        "setup": ("guiju.project.commands.setup:setup", "初始设置：集团公司和三个管理员"),
        "status": ("guiju.project.commands.status:status", "网页、后台任务和数据库是否应答"),
        "check": ("guiju.review.cli:check", "审查广告文案、合同条款、数据字段"),
        "rules": ("guiju.review.cli:rules", "规则库：列出、查看、测试"),
        "company": ("guiju.project.commands.acting:company", "公司：登记、修改、查询、历史、导入"),
        "customer": ("guiju.project.commands.acting:customer", "客户：列出，冻结"),
        "file": ("guiju.project.commands.acting:file", "附件：列出、上传、取出"),
        "export": ("guiju.project.commands.acting:export_group", "导出：客户、订单、商机"),
        "import": ("guiju.project.commands.acting:import_group", "导入：客户、产品、订单"),
        "complaints": ("guiju.project.commands.acting:complaints", "投诉：导入平台和以前的，统计"),
        "opportunity": ("guiju.project.commands.acting:opportunity", "商机：列出"),
        "lead": ("guiju.project.commands.acting:lead", "线索：列出"),
        "rectification": ("guiju.project.commands.acting:rectification", "整改任务单：列出，看效果"),
        "consent": ("guiju.project.commands.acting:consent", "同意：一位客户的全部同意"),
        "catalogue": ("guiju.project.commands.acting:catalogue", "字段台账：列出、查看"),
        "cleanup": (
            "guiju.project.commands.acting:cleanup",
            "数据清理：查找、冻结、提请删除违规数据，必要性报告",
        ),
        "refusal": ("guiju.project.commands.acting:refusal", "拒收名单：登记、导入、查找"),
        "disposal": ("guiju.project.commands.acting:disposal", "销毁：登记、提出、审批"),
        "hold": ("guiju.project.commands.acting:hold", "保全：列出、登记、解除"),
        "access": ("guiju.project.commands.acting:access", "权限：分级表，谁能看什么、为什么"),
        "directory": ("guiju.project.commands.acting:directory", "组织目录：导入名单，与企业目录同步"),
        "calendar": ("guiju.project.commands.acting:calendar", "工作日历：放假安排"),
        "notices": ("guiju.project.commands.acting:notices", "通知：发出的、不确定的，重发"),
        "document": ("guiju.project.commands.acting:document", "文书：列出模板，打印样张"),
        "deadlines": ("guiju.project.commands.acting:deadlines", "期限：列出、解释、重新推算"),
        "evidence": ("guiju.project.commands.acting:evidence", "存证：核对、证明、存证包、检查点"),
        "token": ("guiju.project.commands.acting:token", "访问令牌"),
        "backup": ("guiju.project.commands.backup:backup", "备份：指定位置，立即备份，列出，演练，恢复"),
        "keys": ("guiju.project.commands.keys:keys", "密钥：换密钥，印制备份恢复单"),
        "admin": ("guiju.project.commands.acting:admin", "在服务器上直接办的事：恢复管理员"),
        "demo": ("guiju.project.commands.demo:demo", "演示数据"),
        "db": ("guiju.project.commands.db:db", "数据库连接"),
    },
    name="guiju",
    help="规矩：经得起市场监管检查的集团客户关系管理系统",
)
main = click.version_option(__version__, message="规矩 %(version)s")(main)
