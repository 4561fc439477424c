"""Lists on the command line, by a token that may do no more than this."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.utils import timezone

from guiju.directory.cli import directory
from guiju.kernel.errors import NotAllowed, Refused
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.services.tokens import create_token
from guiju.organisations.tests.factories import Group

SCOPE = ("company.read", "member.read", "directory.intake", "member.add", "member.change", "member.end")


@pytest.fixture
def secret(group: Group) -> str:
    with acting(group.system_admin):
        return create_token(member=group.system_admin, name="同步", days=1, scope=SCOPE, at=timezone.now())


def people(folder: Path, *rows: str) -> str:
    path = folder / "名单.csv"
    path.write_text("\n".join(("用户名,姓名,公司", *rows)), "utf-8")
    return str(path)


def test_a_bad_row_ends_with_a_refusal_and_takes_nothing_back(group: Group, secret: str, tmp_path: Path) -> None:
    file = people(tmp_path, f"xin.a,新人甲,{group.company_a.name}", "xin.b,新人乙,没有这家")
    tried = CliRunner().invoke(directory, ["import", file, "--sort=people"], obj=secret)
    assert tried.exception is None and "只是比对" in tried.stderr
    done = CliRunner().invoke(directory, ["import", file, "--sort=people", "--yes"], obj=secret)
    assert isinstance(done.exception, Refused) and "有1行没有执行" in done.exception.sentence
    assert "第2行  新增  新人甲（xin.a）" in done.stdout and "第3行  有问题" in done.stdout
    with acting(group.system_admin):
        assert Member.objects.filter(user__username="xin.a").exists()


def test_the_answer_for_programs_has_every_line(group: Group, secret: str, tmp_path: Path) -> None:
    file = people(tmp_path, f"xin.a,新人甲,{group.company_a.name}", f"xiaoshou.b,xiaoshou.b,{group.company_b.name}")
    done = CliRunner().invoke(directory, ["import", file, "--sort=people", "--yes", "--format=json"], obj=secret)
    answer = json.loads(done.stdout)
    assert answer["is_done"] is True
    assert [line["deed"] for line in answer["lines"]] == ["new", "same"]


def test_without_a_directory_and_without_the_right_it_says_so(group: Group, secret: str) -> None:
    asked = CliRunner().invoke(directory, ["sync", "--preview"], obj=secret)
    assert isinstance(asked.exception, Refused) and "还没有配置企业目录" in asked.exception.sentence
    with acting(group.compliance):
        other = create_token(member=group.compliance, name="x", days=1, at=timezone.now())
    refused = CliRunner().invoke(directory, ["sync"], obj=other)
    assert isinstance(refused.exception, NotAllowed)
