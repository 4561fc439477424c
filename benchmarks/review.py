"""What the review engine finds in real texts, and how fast, beside plain word lists.

The real texts are not part of this repository: GUIJU_CASES names their folder (default: `shared/cases`
beside the checkout). Measures as its README defines them: a text is flagged when its decision is not
`pass`; `industry` is passed as sector, no channel; clauses are single ones; ambiguous columns are left out.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from benchmarks.sms import messages
from benchmarks.timing import Pace, paces
from guiju.kernel.rules.columns import Column
from guiju.kernel.rules.load import rule_of
from guiju.kernel.rules.model import Occasion
from guiju.kernel.rules.normalise import normalise
from guiju.kernel.rules.text import Reviewer
from guiju.kernel.sectors import sector_of
from guiju.rulebook import classifier, reviewer, rules_for

FOLDER = Path(os.environ.get("GUIJU_CASES") or Path(__file__).resolve().parents[2] / "shared" / "cases") / "dev"
PEERS = Path(__file__).with_name("peers")
COMMAND = Path(sys.executable).with_name("guiju")
DAY = date(2026, 11, 24)
Row = dict[str, Any]
_encode = msgspec.json.Encoder().encode


def report() -> None:
    if FOLDER.exists():
        _ads(_rows("ads"))
        _clauses(_rows("clauses"))
        _columns(_rows("columns"))
    else:
        print(f"没有 {FOLDER}：略过识别率（GUIJU_CASES 指明位置）")
    _speed()
    _growth()
    _start_up()


def _rows(name: str) -> list[Row]:
    return [json.loads(line) for line in (FOLDER / f"{name}.jsonl").read_text("utf-8").splitlines() if line]


def _share(rows: Iterable[Row], holds: Callable[[Row], bool]) -> str:
    found = [holds(row) for row in rows]
    return f"{sum(found) / len(found):6.1%}（{sum(found)}/{len(found)}）" if found else "—"


def _flags(chapter: str) -> Callable[[Row], str]:
    def decision(row: Row) -> str:
        occasion = Occasion(sector_of(row.get("industry", "general")) if chapter == "ads" else None, is_whole=False)
        return reviewer(chapter).review(row["text"], on=DAY, occasion=occasion).decision

    return decision


def _word_list(chapter: str) -> tuple[list[str], Callable[[Row], str]]:
    terms = sorted({term for rule in rules_for(chapter) for term in rule.terms})

    def decision(row: Row) -> str:
        text = normalise(row["text"]).text
        return "block" if any(term in text for term in terms) else "pass"

    return terms, decision


def _compare(chapter: str, measures: Iterable[tuple[str, list[Row], set[str]]]) -> None:
    terms, by_words = _word_list(chapter)
    by_rules = _flags(chapter)
    print(f"{'':　<20}{'规则':>14}{f'词表（{len(terms)}词）':>20}")
    for label, rows, wanted in measures:
        ours, words = (_share(rows, partial(_is_one_of, judge, wanted)) for judge in (by_rules, by_words))
        print(f"{label:　<20}{ours:>18}{words:>20}")


def _is_one_of(judge: Callable[[Row], str], wanted: set[str], row: Row) -> bool:
    return judge(row) in wanted


def _ads(rows: list[Row]) -> None:
    bad, good = ([row for row in rows if (row["label"] == "violation") == is_bad] for is_bad in (True, False))
    print("\n== 广告（开发集） ==")
    _compare(
        "ads",
        [
            ("查出，文字或类别可知", [row for row in bad if row["basis"] != "facts"], {"review", "block"}),
            ("查出，要看事实", [row for row in bad if row["basis"] == "facts"], {"review", "block"}),
            ("合法而被禁止", good, {"block"}),
            ("合法而被禁止或需复核", good, {"review", "block"}),
        ],
    )
    judge = _flags("ads")
    _table("按违法类型，查出", bad, lambda row: row["violations"], judge)
    _table("按来源网站，查出", bad, lambda row: [_site(row)], judge)


def _clauses(rows: list[Row]) -> None:
    bad, good = ([row for row in rows if (row["label"] == "unfair") == is_bad] for is_bad in (True, False))
    print("\n== 合同条款（开发集） ==")
    _compare(
        "clauses",
        [
            ("查出，全部", bad, {"review", "block"}),
            ("查出，原文", [row for row in bad if row["wording"] == "clause"], {"review", "block"}),
            ("公平而被禁止或需复核", good, {"review", "block"}),
        ],
    )
    _table("按类型，查出", bad, lambda row: row["types"], _flags("clauses"))
    _table("按来源网站，查出", bad, lambda row: [_site(row)], _flags("clauses"))


def _site(row: Row) -> str:
    return urlsplit(row["source"]).netloc or row["source"].split(":")[0][:30]


def _table(title: str, rows: list[Row], keys: Callable[[Row], list[str]], judge: Callable[[Row], str]) -> None:
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        for key in keys(row):
            groups[key].append(row)
    print(f"\n{title}：")
    for key, members in sorted(groups.items(), key=lambda item: (-len(item[1]), item[0])):
        print(f"  {key:36}{_share(members, lambda row: judge(row) != 'pass')}")


def _columns(rows: list[Row]) -> None:
    known = [row for row in rows if not row["ambiguous"]]
    found = [
        classifier().classify(Column(row["column"], row["comment"] or "", row["table"] or ""), on=DAY) for row in known
    ]
    pairs = [(verdict.sensitive, row["sensitive"]) for verdict, row in zip(found, known, strict=True)]
    right = sum(ours and theirs for ours, theirs in pairs)
    f1 = 2 * right / (sum(ours for ours, _ in pairs) + sum(theirs for _, theirs in pairs))
    exact = sum(verdict.category == row["category"] for verdict, row in zip(found, known, strict=True))
    print(f"\n== 数据字段（开发集） ==\n敏感 F1 {f1:.1%}　类别正确 {exact / len(known):.1%}（{exact}/{len(known)}）")


def _speed() -> None:
    """The whole engine with its answers as JSON, the bare word lists of the peers with 3,000 words."""
    ads = [row["text"] for row in _rows("ads")] if FOLDER.exists() else []
    sms = list(messages(20_000, seed=20261124))
    mixed = [*sms, *ads]
    hot = (ads or list(messages(2000, seed=1, advertising=1.0))) * 20
    engine, occasion = reviewer("ads"), Occasion("general")

    def judge(texts: list[str]) -> int:
        decisions = 0
        for number, text in enumerate(texts):
            verdict = engine.review(text, on=DAY, occasion=occasion)
            decisions += verdict.decision != "pass"
            _encode(verdict.as_answer(number, text))
        return decisions

    flagged = judge(mixed)
    print(
        f"\n== 速度：{len(mixed)} 条短信和广告，平均 {sum(map(len, mixed)) / len(mixed):.0f} 字，命中 {flagged / len(mixed):.1%} =="
    )
    whole, every = paces(
        Pace("全部广告规则，含 JSON", lambda: judge(mixed), len(mixed)),
        Pace("同上，条条都是广告", lambda: judge(hot), len(hot)),
    )
    print(f"{whole}\n{every}\n词 {engine.word_count}")
    near = (word for rule in rules_for("ads") for one in rule.near for words in one.words for word in words)
    terms = sorted({*near, *(term for rule in rules_for("ads") for term in rule.terms)} - {""}, key=len)[-3000:]
    for ours, texts, told in ((whole, mixed, "短信和广告"), (every, hot, "条条都是广告")):
        for name, pace in _peers(terms, texts).items():
            print(
                f"{name}，{len(terms)} 词，只查词，{told}：{pace:,.0f} 次/秒；"
                f"全部规则 / {name} = {ours.per_second / pace:.2f}"
            )


def _peers(terms: list[str], texts: list[str]) -> dict[str, float]:
    if not (shutil.which("node") and shutil.which("npm")):
        print("没有 Node：略过 npm 上的词过滤器")
        return {}
    if not (PEERS / "node_modules").exists():
        done = subprocess.run(
            ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=PEERS, capture_output=True
        )
        if done.returncode:
            print("装不上 npm 上的词过滤器：略过")
            return {}
    given = json.dumps({"terms": terms, "texts": texts}, ensure_ascii=False).encode()
    paces_of = {}
    for name in ("fastscan", "mint-filter", "sensitive-word-tool"):
        done = subprocess.run(["node", "run.cjs", name], cwd=PEERS, input=given, capture_output=True, check=True)
        paces_of[name] = len(texts) / json.loads(done.stdout)["seconds"]
    return paces_of


def _growth() -> None:
    """Time by the number of words, and by the number of texts."""
    texts = list(messages(5000, seed=7))
    letters = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥"
    print("\n词数　　次/秒")
    for count in (100, 1000, 10_000):
        words = [
            f"{letters[n % 22]}{letters[n // 22 % 22]}{letters[n // 484 % 22]}{letters[n // 10_648 % 22]}"
            for n in range(count)
        ]
        one = Reviewer([_rule_with(words)])
        (pace,) = paces(Pace(str(count), lambda one=one: [one.review(text, on=DAY) for text in texts], len(texts)))  # type: ignore[misc]
        print(f"{count:>6}{pace.per_second:>12,.0f}")
    print("\n条数　　秒　　最大内存")
    for count in (10_000, 100_000, 1_000_000):
        seconds, memory = _command_over(count)
        print(f"{count:>9,}{seconds:>8.1f}{memory:>8.0f} MB")


def _rule_with(words: list[str]) -> Any:
    return rule_of(
        {
            "id": "ads.bench",
            "title": "词",
            "chapter": "ads",
            "category": "other",
            "severity": "review",
            "applies_from": "2015-09-01",
            "citations": [{"law": "广告法", "article": "第四条", "quote": "广告主应当对广告内容的真实性负责"}],
            "terms": words,
            "message": "词",
            "mend": "删",
        }
    )


def _command_over(count: int) -> tuple[float, float]:
    """`guiju check ads` over a file of so many messages: seconds, and the peak of its memory."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "短信.txt"
        with file.open("w", encoding="utf-8") as out:
            out.writelines(f"{text}\n" for text in messages(count, seed=3))
        began = time.perf_counter()
        with (Path(folder) / "结果.jsonl").open("wb") as out:
            process = subprocess.Popen(
                [COMMAND, "check", "ads", str(file), "--sector", "general", "--format", "json"],
                stdout=out,
                stderr=subprocess.DEVNULL,
            )
            _, _, usage = os.wait4(process.pid, 0)
        return time.perf_counter() - began, usage.ru_maxrss / 1024


def _start_up() -> None:
    with tempfile.TemporaryDirectory() as cache:
        environment = os.environ | {"XDG_CACHE_HOME": cache}
        times = []
        for _ in range(6):
            began = time.perf_counter()
            subprocess.run(
                [COMMAND, "check", "ads", "-", "--format", "json"],
                input="顶级配方".encode(),
                capture_output=True,
                env=environment,
            )
            times.append(time.perf_counter() - began)
    print(f"\n启动到答完一条：第一次（编译规则）{times[0]:.2f} 秒，以后 {statistics.median(times[1:]):.2f} 秒")
    print(f"本进程最大内存 {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
