"""What it costs to work out who may see what, as a share of a request for a list of fifty rows.

Paired: the same request with the member's rights and sight worked out anew, as always, and with both
already known; the row-level security of the database holds in both. In turn, many times, medians.
"""

from __future__ import annotations

from contextlib import ExitStack
from statistics import median
from time import perf_counter
from unittest.mock import patch

from django.db import transaction
from django.test import Client
from tools import scratch

from guiju.organisations import permissions
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import Group, details, join, make_group, sign_in

ROUNDS = 200
COMPANIES = 60
LISTS = {"公司": "/companies/", "成员": "/people/", "审查记录": "/review/checks/"}


def report() -> None:
    scratch.start()
    scratch.fill()
    try:
        with transaction.atomic():
            group = _filled()
            for name, address in LISTS.items():
                _line(name, address, group)
            transaction.set_rollback(True)
    finally:
        scratch.stop()


def _filled() -> Group:
    """A group with lists of more than fifty rows."""
    from django.utils import timezone

    from guiju.kernel.rules.model import Occasion
    from guiju.organisations.services import register_company
    from guiju.review.services.checks import Outcome, keep_check

    group = make_group()
    now = timezone.now()
    with acting(group.system_admin):
        for _ in range(COMPANIES):
            register_company(details=details(parent_id=group.headquarters.pk), actor=group.system_admin, at=now)
    for number in range(COMPANIES):
        join(group.headquarters, "service", f"b{number}", group.system_admin, group.security_admin)
    with acting(group.compliance):
        for number in range(COMPANIES):
            outcome = Outcome("ads", f"{number}.txt", "0" * 64, Occasion(), now.date(), [])
            keep_check(outcome=outcome, actor=group.compliance, at=now)
    return group


def _line(name: str, address: str, group: Group) -> None:
    browser = sign_in(Client(SERVER_NAME="localhost"), "hegui")
    known = _known(browser, address)
    anew, kept = [], []
    for _ in range(ROUNDS):
        anew.append(_once(browser, address))
        with ExitStack() as stack:
            for function, answers in known.items():
                stack.enter_context(_remembered(function, answers))
            kept.append(_once(browser, address))
    share = median(anew) / median(kept) - 1
    print(
        f"{name}：整个请求 {median(anew) * 1000:.1f} ms，权限已知时 {median(kept) * 1000:.1f} ms，"
        f"权限计算占 {share:.1%}（目标不超过 10%）"
    )


def _known(browser: Client, address: str) -> dict[str, dict[object, object]]:
    """What the functions answer during one request, by their arguments."""
    known: dict[str, dict[object, object]] = {"rights_of": {}, "sight_of": {}, "trees_of": {}}
    with ExitStack() as stack:
        for function, answers in known.items():
            real = getattr(permissions, function)

            def keep(member: object, *more: object, real=real, answers=answers, **named: object) -> object:  # type: ignore[no-untyped-def]
                answers[more] = real(member, *more, **named)
                return answers[more]

            for module in _modules_of(function):
                stack.enter_context(patch(f"{module}.{function}", keep))
        assert browser.get(address).status_code == 200
    return known


def _modules_of(function: str) -> tuple[str, ...]:
    """Where a function of `permissions` is called by its name."""
    return {
        "rights_of": ("guiju.organisations.permissions",),
        "sight_of": ("guiju.organisations.selectors.acting", "guiju.organisations.selectors.people"),
        "trees_of": ("guiju.organisations.selectors.acting",),
    }[function]


def _remembered(function: str, answers: dict[object, object]) -> ExitStack:
    stack = ExitStack()
    for module in _modules_of(function):
        stack.enter_context(patch(f"{module}.{function}", lambda member, *more, **named: answers[more]))
    return stack


def _once(browser: Client, address: str) -> float:
    began = perf_counter()
    assert browser.get(address).status_code == 200
    return perf_counter() - began
