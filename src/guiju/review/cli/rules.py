"""`guiju rules list|show|test`: the rulebook as its documentation, and its own cases."""

from __future__ import annotations

import re
import sys

import click

from guiju.kernel.rules.columns import ColumnRule
from guiju.kernel.rules.load import load_cases
from guiju.kernel.rules.load_columns import load_column_cases
from guiju.kernel.rules.model import Outcome, Rule
from guiju.kernel.sectors import LABELS, Sector
from guiju.rulebook import CHAPTERS, LATEST, VERSION, classifier, column_rules, folder, judge, rules_for
from guiju.rulebook.labels import SEVERITIES

_MOST_WORDS = 40
_OUTCOMES = {
    Outcome.TRIGGERED: "命中",
    Outcome.NOT_TRIGGERED: "没有命中",
    Outcome.NOT_IN_FORCE: "未施行",
    Outcome.FACTS_MISSING: "缺少事实",
}


_KINDS = {
    "str": "文字",
    "array": "列表",
    "object": "键和值",
    "int": "整数",
    "float": "数字",
    "bool": "true 或 false",
    "null": "空的",
}
_SAID = (
    (
        r"Expected `([a-z]+)`, got `([a-z]+)` - at `\$\.?(.+)`",
        lambda m: f"“{m[3]}”要写成{_kind(m[1])}，现在是{_kind(m[2])}",
    ),
    (r"Expected `str` of length >= (\d+) - at `\$\.?(.+)`", lambda m: f"“{m[2]}”至少{m[1]}个字"),
    (r"Expected `array` of length >= (\d+) - at `\$\.?(.+)`", lambda m: f"“{m[2]}”至少{m[1]}项"),
    (r"Expected `str` matching regex '(.+)' - at `\$\.?(.+)`", lambda m: f"“{m[2]}”的写法要合 {m[1]}"),
    (r"Invalid enum value (.+) - at `\$\.?(.+)`", lambda m: f"“{m[2]}”不能是 {m[1]}"),
    (r"Invalid RFC3339 encoded date - at `\$\.?(.+)`", lambda m: f"“{m[1]}”不是日期，例如 2015-09-01"),
    (r"Object missing required field `(.+?)`.*", lambda m: f"缺少“{m[1]}”"),
    (r"Object contains unknown field `(.+?)`.*", lambda m: f"不认识“{m[1]}”这个键"),
)


def _kind(name: str) -> str:
    return _KINDS.get(name, name)


def _in_chinese(sentence: str) -> str:
    """What is wrong with a rule, for the lawyer who wrote it."""
    for pattern, said in _SAID:
        sentence = re.sub(pattern, said, sentence)
    return sentence


class _Rules(click.Group):
    """A rule that is written wrongly is told in one sentence with its file."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except ValueError as failure:
            click.echo(f"规则写得不对：{_in_chinese(str(failure))}", err=True)
            sys.exit(2)


@click.group(cls=_Rules, help="规则库：列出、查看规则，运行规则自带的例子")
def rules() -> None:
    pass


@rules.command("list", help="列出全部规则")
def list_rules() -> None:
    for rule in _all():
        click.echo(f"{rule.id:44}{SEVERITIES[rule.severity]}  {rule.title}")
    for one in column_rules():
        click.echo(f"{one.id:44}字段  {one.title}")


@rules.command(help="一条规则的说明：法条、条件、例子")
@click.argument("rule_id", metavar="规则")
def show(rule_id: str) -> None:
    every: list[Rule | ColumnRule] = [*_all(), *column_rules()]
    known = {rule.id: rule for rule in every}
    if rule_id not in known:
        near = [one for one in known if rule_id.rsplit(".", 1)[-1] in one]
        hint = f"：是不是 {'、'.join(near[:5])}" if near else "：guiju rules list 列出全部"
        raise click.UsageError(f"没有 {rule_id} 这条规则{hint}")
    rule = known[rule_id]
    click.echo(document_of(rule) if isinstance(rule, Rule) else document_of_column(rule))


@rules.command(help="运行规则自带的例子；有一个不符就以 1 退出")
@click.argument("rule_ids", nargs=-1, metavar="[规则]...")
def test(rule_ids: tuple[str, ...]) -> None:
    chosen = [rule for rule in _all() if not rule_ids or rule.id in rule_ids]
    if unknown := set(rule_ids) - {rule.id for rule in chosen}:
        raise click.UsageError(f"没有这样的规则：{'、'.join(sorted(unknown))}")
    cases = failures = 0
    for rule in chosen:
        for case in load_cases(folder().joinpath(rule.chapter, rule.id.split(".")[1])):
            cases += 1
            if (outcome := judge(rule, case)) is not case.expect:
                failures += 1
                shown = case.text if case.text is not None else case.facts
                click.echo(f"{rule.id}：应{_OUTCOMES[case.expect]}，却{_OUTCOMES[outcome]}：{shown}")
    for one in column_rules() if not rule_ids else ():
        for column, is_it in load_column_cases(folder().joinpath("fields", one.category)):
            cases += 1
            verdict = classifier().classify(column, on=LATEST)
            if (one.id in {finding.rule for finding in verdict.findings}) != is_it:
                failures += 1
                click.echo(f"{one.id}：应{'' if is_it else '不'}是{one.title}，却是{verdict.category}：{column}")
    count = len(chosen) + (0 if rule_ids else len(column_rules()))
    click.echo(f"{count} 条规则，{cases} 个例子，{failures} 个不符（规则 {VERSION}）")
    sys.exit(1 if failures else 0)


def document_of(rule: Rule) -> str:
    """A rule as its documentation."""
    lines = [f"{rule.id}  {rule.title}", ""]
    until = f"至 {rule.applies_until}" if rule.applies_until else "起"
    lines += [
        f"程度    {SEVERITIES[rule.severity]}" + ("（内部规则，非法定）" if rule.basis == "house" else ""),
        f"类型    {rule.category}",
        f"施行    {rule.applies_from} {until}",
        f"行业    {'、'.join(LABELS[Sector(sector)] for sector in rule.sectors) or '全部'}",
    ]
    lines += [f"渠道    {'、'.join(rule.channels)}"] if rule.channels else []
    lines += ["", "法条"]
    for cited in rule.citations:
        scope = f"（{'、'.join(LABELS[Sector(sector)] for sector in cited.sectors)}）" if cited.sectors else ""
        lines.append(f"  {cited.citation}{scope}")
    lines += [f"  内部规则的来源：{rule.mission}"] if rule.mission else []
    lines += ["", "怎样算命中", *_matchers_of(rule)]
    if rule.unless:
        lines += ["", "例外", *(f"  {_REACHES[unless.reach]} {unless.pattern}" for unless in rule.unless)]
    lines += ["", f"说明    {rule.message}", f"改法    {rule.mend}", "", "例子"]
    for case in load_cases(folder().joinpath(rule.chapter, rule.id.split(".")[1])):
        lines.append(f"  {_OUTCOMES[case.expect]}  {case.text if case.text is not None else case.facts}")
    return "\n".join(lines)


def document_of_column(rule: ColumnRule) -> str:
    """A column rule as its documentation."""
    kind = "提示" if rule.is_hint else "敏感个人信息" if rule.sensitive else "个人信息"
    lines = [f"{rule.id}  {rule.title}", "", f"类别    {kind}", f"施行    {rule.applies_from} 起", "", "法条"]
    lines += [f"  {cited.citation}" for cited in rule.citations]
    parts = (("注释", rule.labels), ("名称", rule.names), ("拼音", rule.pinyin), ("首字母", rule.initials))
    lines += ["", "怎样算命中", *(f"  {label}\t{_some(words)}" for label, words in parts if words)]
    lines += [f"  值\t校验：{'、'.join(rule.checks)}（至少{rule.share:.0%}）"] if rule.checks else []
    if rule.people:
        lines.append(f"  值\t出生日期或身份号码里有不满{rule.people.younger_than}周岁的人")
    lines += ["", "例外", *(f"  {pattern}" for pattern in rule.unless)] if rule.unless else []
    lines += ["", f"说明    {rule.message}", f"改法    {rule.mend}", "", "例子"]
    for column, is_it in load_column_cases(folder().joinpath("fields", rule.category)):
        lines.append(f"  {'是' if is_it else '不是'}\t{column.name} {column.label} {'、'.join(column.values)}".rstrip())
    return "\n".join(lines)


_REACHES = {"here": "此处", "sentence": "同句", "text": "全文"}


def _matchers_of(rule: Rule) -> list[str]:
    lines = [f"  词      {_some(rule.terms)}"] if rule.terms else []
    lines += [f"  句式    {pattern}" for pattern in rule.patterns]
    lines += [
        f"  邻近    {'  与  '.join(_some(words) for words in near.words)}（相隔至多{near.within}字）"
        for near in rule.near
    ]
    lines += [f"  量化    {_some(claim.what)} 与数字加 {_some(claim.unit)}" for claim in rule.claims]
    lines += [f"  比较    {_some(one.left)} 的数字 {one.is_} {_some(one.right)} 的数字" for one in rule.compares]
    lines += [f"  程序    {rule.predicate}"] if rule.predicate else []
    if rule.required:
        places = {"start": "开头", "end": "结尾", "anywhere": "任何位置"}
        lines.append(f"  必备    {places[rule.required.where]}要有 {_some(rule.required.any_of)}")
        lines += [f"    当    {pattern}" for pattern in rule.required.when]
    lines += [f"  事实    {condition}" for condition in rule.when]
    return lines


def _some(words: tuple[str, ...]) -> str:
    shown = "、".join(words[:_MOST_WORDS])
    return shown + (f"……共{len(words)}词" if len(words) > _MOST_WORDS else "")


def _all() -> list[Rule]:
    return [rule for chapter in CHAPTERS for rule in rules_for(chapter)]
