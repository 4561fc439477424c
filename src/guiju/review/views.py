"""The page 审查."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from guiju.kernel.rules.text import Finding, Verdict
from guiju.kernel.sectors import LABELS, Sector
from guiju.organisations.permissions import require
from guiju.organisations.signin import MemberRequest, member_required
from guiju.review.engine import DECISIONS, SEVERITIES, review_ad
from guiju.review.forms import ReviewForm
from guiju.rulebook import VERSION, rules_for


@dataclass(frozen=True)
class Part:
    """A piece of the text; `severity` is empty where nothing was found."""

    text: str
    severity: str = ""
    number: int = 0

    @property
    def label(self) -> str:
        return SEVERITIES.get(self.severity, "")


@dataclass(frozen=True)
class Line:
    """One finding as the page lists it, with its number in the marked text."""

    number: int
    label: str
    finding: Finding


@member_required
def review_text(request: MemberRequest) -> HttpResponse:
    """Paste, judge, see the words marked and how to mend them; nothing is stored."""
    member = request.member
    require(member, "text.review", on=member.entity_id)
    form = ReviewForm(request.POST or None, initial={"sector": member.entity.sector})
    context: dict[str, object] = {"form": form, "rules_version": VERSION, "today": timezone.localdate()}
    if request.method == "POST" and form.is_valid():
        text = form.cleaned_data["text"]
        verdict = review_ad(text, on=timezone.localdate(), sector=form.cleaned_data["sector"])
        context |= {
            "verdict": verdict,
            "decision": DECISIONS[verdict.decision],
            "sector": LABELS[Sector(form.cleaned_data["sector"])],
            "parts": parts_of(text, verdict),
            "lines": [
                Line(number, SEVERITIES[finding.severity], finding)
                for number, finding in enumerate(verdict.findings, 1)
            ],
        }
    template = "review/verdict.html" if request.headers.get("HX-Request") else "review/review_text.html"
    return render(
        request, template, context, status=422 if form.errors and not request.headers.get("HX-Request") else 200
    )


@member_required
def rule_list(request: MemberRequest) -> HttpResponse:
    """The rules that the review applies, each with its articles."""
    member = request.member
    require(member, "text.review", on=member.entity_id)
    lines = [
        (rule, SEVERITIES[rule.severity], "、".join(LABELS[Sector(sector)] for sector in rule.sectors) or "全部行业")
        for rule in rules_for("ads")
    ]
    return render(request, "review/rule_list.html", {"lines": lines, "rules_version": VERSION})


def parts_of(text: str, verdict: Verdict) -> list[Part]:
    """The text cut at its findings; where two overlap, the second begins after the first."""
    parts: list[Part] = []
    at = 0
    for number, finding in enumerate(verdict.findings, 1):
        start = max(at, finding.start)
        if finding.end <= start:
            continue
        if start > at:
            parts.append(Part(text[at:start]))
        parts.append(Part(text[start : finding.end], finding.severity, number))
        at = finding.end
    if at < len(text):
        parts.append(Part(text[at:]))
    return parts
