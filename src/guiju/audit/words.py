"""Actions of the log in the words of the people who did them (操作的名称)."""

from __future__ import annotations

import pkgutil
import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib import import_module
from typing import Any

from django.utils import timezone

from guiju.evidence.registry import COMMITTED, chinese_in


@cache
def action_words(action: str) -> str:
    """The Chinese word in the docstring of the service of that name; the action itself where there is none."""
    part, _, name = action.partition(".")
    try:
        package = import_module(f"guiju.{part}.services")
    except ModuleNotFoundError:
        return action
    for module in [package, *_modules(package.__name__, package.__path__)]:
        found = chinese_in(getattr(getattr(module, name, None), "__doc__", None))
        if found:
            return found
    return _OTHERS.get(action, action)


def _modules(name: str, path: object) -> list[object]:
    return [import_module(f"{name}.{one.name}") for one in pkgutil.iter_modules(path)]  # type: ignore[arg-type]


_OTHERS = {
    "access.allow_emergency_access": "批准紧急授权",
    "access.allow_succession": "同意接任管理员",
    "access.refuse_succession": "没有接任管理员",
    "access.remove_reviewed_role": "复核后收回角色",
    "accounts.recover_account": "从服务器恢复账号",
    "directory.end_group_grant": "按组收回角色",
    "directory.grant_by_group": "按组授予角色",
    "review.keep_check": "审查",
    "work.expire_approval": "审批过期",
    "access.open_rights_review": "开始权限复核",
    "access.close_rights_review": "结束权限复核",
    "access.refuse_emergency_access": "不批准紧急授权",
    "accounts.drop_factor": "取消第二因子",
    "accounts.void_link": "链接作废",
    "directory.forget_identity": "解除企业账号",
    "organisations.install_role": "安装预置角色",
    "organisations.raise_alert": "告警",
    "evidence.keep_verification": "核对存证",
    "work.escalate_task": "待办升级",
}
"""Actions that no person asks for by a service of their own."""


def kind_words() -> dict[str, str]:
    """Kinds of records that the log commits to, by their code."""
    return {one.subject_type: one.label for one in COMMITTED.values()}


_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


def value_words(value: Any, names: Mapping[str, str]) -> str:
    """A committed value as people read it: moments by the local clock, companies and members by their names."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, str) and _MOMENT.fullmatch(value):
        return f"{timezone.localtime(datetime.fromisoformat(value)):%Y-%m-%d %H:%M:%S}"
    return names.get(value, value) if isinstance(value, str) else "" if value is None else str(value)
