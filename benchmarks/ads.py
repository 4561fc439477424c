"""What the ad rules find in real texts, beside a bare word list of the same terms.

The texts are not part of this repository: GUIJU_CASES names their folder (default: `shared/cases`
beside the checkout). Measures as its README defines them: a text is flagged when its decision is not
`pass`; `industry` is passed as sector, no channel.
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from benchmarks.timing import Pace, paces
from guiju.kernel.rules.normalise import normalise
from guiju.rulebook import reviewer, rules_for

FOLDER = Path(os.environ.get("GUIJU_CASES") or Path(__file__).resolve().parents[2] / "shared" / "cases")
DAY = date(2026, 11, 24)


@dataclass(frozen=True)
class Text:
    text: str
    sector: str
    is_violation: bool
    basis: str
    categories: tuple[str, ...]


def texts() -> list[Text]:
    rows = [json.loads(line) for line in (FOLDER / "dev" / "ads.jsonl").read_text("utf-8").splitlines() if line]
    return [
        Text(
            row["text"], row["industry"], row["label"] == "violation", row["basis"], tuple(row.get("violations") or ())
        )
        for row in rows
    ]


def decision_of_rules(one: Text) -> str:
    return reviewer("ads").review(one.text, on=DAY, sector=one.sector).decision


TERMS = sorted({term for rule in rules_for("ads") for term in rule.terms})


def decision_of_words(one: Text) -> str:
    text = normalise(one.text).text
    return "block" if any(term in text for term in TERMS) else "pass"


def share(texts: Iterable[Text], holds: Callable[[Text], bool]) -> str:
    found = [holds(one) for one in texts]
    return f"{sum(found) / len(found):6.1%} ({sum(found)}/{len(found)})" if found else "—"


def report() -> None:
    if not (FOLDER / "dev" / "ads.jsonl").exists():
        print(f"没有 {FOLDER / 'dev' / 'ads.jsonl'}：略过（GUIJU_CASES 指明位置）")
        return
    known = texts()
    violations = [one for one in known if one.is_violation]
    lawful = [one for one in known if not one.is_violation]
    print(f"{'':34}{'规则':>18}{'词表（' + str(len(TERMS)) + '词）':>20}")
    for label, of, wanted in (
        (
            "查出（文字、类别可知）",
            [one for one in violations if one.basis in {"text", "category"}],
            {"review", "block"},
        ),
        ("查出（要看事实，应为需复核）", [one for one in violations if one.basis == "facts"], {"review", "block"}),
        ("合法而被禁止", lawful, {"block"}),
        ("合法而被禁止或需复核", lawful, {"review", "block"}),
    ):
        rules, words = (
            share(of, lambda one, judge=judge, wanted=wanted: judge(one) in wanted)  # type: ignore[misc]
            for judge in (decision_of_rules, decision_of_words)
        )
        print(f"{label:\u3000<16}{rules:>20}{words:>20}")
    by_category: dict[str, list[Text]] = defaultdict(list)
    for one in violations:
        for category in one.categories:
            by_category[category].append(one)
    print("\n按违法类型，查出：")
    for category, of in sorted(by_category.items(), key=lambda item: -len(item[1])):
        print(f"  {category:36}{share(of, lambda one: decision_of_rules(one) != 'pass')}")
    many = known * 20
    rules, words = paces(
        Pace("全部广告规则（归一化、逐句、引法条）", lambda: [decision_of_rules(one) for one in many], len(many)),
        Pace(f"同样的词逐个查找（{len(TERMS)}词）", lambda: [decision_of_words(one) for one in many], len(many)),
    )
    print(f"\n{rules}\n{words}\n规则 / 词表 = {rules.per_second / words.per_second:.2f}")
