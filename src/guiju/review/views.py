"""The pages 审查, 审查记录, 本公司词库, 规则 and 法规."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import GuijuError
from guiju.organisations.forms import show_problems
from guiju.organisations.permissions import allows, require
from guiju.organisations.selectors import seeing
from guiju.organisations.services.disclosures import note_export
from guiju.organisations.signin import MemberRequest, member_required
from guiju.review import selectors, shown
from guiju.review.forms import OwnWordForm, ReviewForm
from guiju.review.models import Check, Kind, OwnWord
from guiju.review.rows import (
    COLUMN_TITLES,
    COLUMN_WIDTHS,
    TEXT_TITLES,
    TEXT_WIDTHS,
    row_of_column,
    rows_of_text,
)
from guiju.review.services import decide_own_word as decide_own_word_service
from guiju.review.services import keep_check
from guiju.review.services import propose_own_word as propose_own_word_service
from guiju.review.services import withdraw_own_word as withdraw_own_word_service
from guiju.review.services.judge import judge_content
from guiju.rulebook import LATEST, VERSION
from guiju.web.answers import tell
from guiju.web.paging import page_of
from guiju.web.tables import xlsx_bytes, xlsx_response


@member_required
def review_ads(request: MemberRequest) -> HttpResponse:
    return _review(request, Kind.ADS)


@member_required
def review_clauses(request: MemberRequest) -> HttpResponse:
    return _review(request, Kind.CLAUSES)


@member_required
def review_fields(request: MemberRequest) -> HttpResponse:
    return _review(request, Kind.FIELDS)


def _review(request: MemberRequest, kind: Kind) -> HttpResponse:
    """Paste or upload, judge, keep, see the words marked and how to mend them."""
    member, at = request.member, timezone.now()
    require(member, "text.review", on=member.entity_id)
    initial = {"sector": member.entity.sector}
    form = ReviewForm(request.POST or None, request.FILES or None, kind=kind, initial=initial)
    context: dict[str, object] = {"form": form, "kind": kind, "tab": kind.value}
    if request.method == "POST" and form.is_valid():
        name, content = form.content
        try:
            outcome = judge_content(
                kind=kind,
                name=name,
                content=content,
                occasion=form.occasion,
                on=day_of(at),
                exemptions=selectors.exemptions_of(member.entity_id, on=day_of(at)),
                as_one=form.occasion.is_whole,
            )
            context |= _shown(keep_check(outcome=outcome, actor=member, at=at))
        except GuijuError as error:
            show_problems(form, error)
    in_place = bool(request.headers.get("HX-Request"))
    template = "review/verdict.html" if in_place else "review/review_text.html"
    return render(request, template, context, status=422 if form.errors and not in_place else 200)


def _shown(check: Check) -> dict[str, object]:
    """What the verdict shows of a review."""
    context: dict[str, object] = {"check": check, "rules_until": LATEST, "is_current": check.rules_version == VERSION}
    if check.kind == Kind.FIELDS:
        return context | {
            "columns": shown.shown_columns(check.answers),
            "personal": sum(bool(answer.get("personal")) for answer in check.answers),
            "sensitive": sum(bool(answer.get("sensitive")) for answer in check.answers),
        }
    texts = shown.shown_texts(check.answers)
    found = sum("problem" in answer or bool(answer["findings"]) for answer in check.answers)
    lacking = {rule for answer in check.answers for rule in answer.get("facts_missing", ())}
    return context | {"texts": texts, "hidden": found - len(texts), "lacking": len(lacking)}


@member_required
@require_GET
def check_list(request: MemberRequest) -> HttpResponse:
    with seeing(request.member, "check.read", on=timezone.localdate()) as sight:
        context = {
            "page": page_of(request, selectors.checks_in(sight)),
            "hidden": selectors.hidden_checks(sight),
            "is_of_many": len(sight.entities) > 1,
            "tab": "checks",
        }
        return render(request, "review/check_list.html", context)


@member_required
@require_GET
def check_detail(request: MemberRequest, check_id: UUID) -> HttpResponse:
    with seeing(request.member, "check.read", on=timezone.localdate()) as sight:
        check = selectors.check_in(sight, check_id)
    return render(request, "review/check_detail.html", _shown(check) | {"tab": "checks"})


@member_required
@require_GET
def export_check(request: MemberRequest, check_id: UUID) -> HttpResponse:
    """The whole review as a workbook."""
    with seeing(request.member, "check.read", on=timezone.localdate()) as sight:
        check = selectors.check_in(sight, check_id)
    note_export(right="check.read", count=check.total, actor=request.member, at=timezone.now())
    name = f"审查结果-{timezone.localtime(check.made_at):%Y%m%d-%H%M}.xlsx"
    if check.kind == Kind.FIELDS:
        rows = map(row_of_column, check.answers)
        return xlsx_response(name, xlsx_bytes("字段", COLUMN_TITLES, rows, widths=COLUMN_WIDTHS))
    found = (row for answer in check.answers for row in rows_of_text(answer))
    return xlsx_response(name, xlsx_bytes("审查结果", TEXT_TITLES, found, widths=TEXT_WIDTHS))


@member_required
@require_GET
def own_word_list(request: MemberRequest) -> HttpResponse:
    member = request.member
    return render(
        request,
        "review/own_word_list.html",
        {
            "page": page_of(request, selectors.own_words_for(member)),
            "tab": "words",
            "today": timezone.localdate(),
            "may_propose": allows(member, "own_word.propose", on=member.entity_id),
            "may_decide": allows(member, "own_word.decide", on=member.entity_id),
            "states": OwnWord.State,
        },
    )


@member_required
def propose_own_word(request: MemberRequest) -> HttpResponse:
    member = request.member
    require(member, "own_word.propose", on=member.entity_id)
    form = OwnWordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            word = propose_own_word_service(details=form.details, actor=member, at=timezone.now())
        except GuijuError as error:
            show_problems(form, error)
        else:
            messages.success(request, f"已提出“{word.words}”，等法务决定")
            return redirect("own_word_list")
    context = {"form": form, "tab": "words"}
    return render(request, "review/propose_own_word.html", context, status=422 if form.errors else 200)


@member_required
@require_POST
def decide_own_word(request: MemberRequest, word_id: UUID) -> HttpResponse:
    allow, reason = request.POST.get("decision") == "allow", request.POST.get("reason", "")

    def decide() -> str:
        word = decide_own_word_service(
            word_id=word_id, allow=allow, reason=reason, actor=request.member, at=timezone.now()
        )
        return f"“{word.words}”{word.get_state_display()}"

    tell(request, decide)
    return redirect("own_word_list")


@member_required
@require_POST
def withdraw_own_word(request: MemberRequest, word_id: UUID) -> HttpResponse:
    reason = request.POST.get("reason", "")

    def withdraw() -> str:
        word = withdraw_own_word_service(word_id=word_id, reason=reason, actor=request.member, at=timezone.now())
        return f"已撤回“{word.words}”"

    tell(request, withdraw)
    return redirect("own_word_list")


@member_required
@require_GET
def rule_list(request: MemberRequest) -> HttpResponse:
    """The rulebook: every rule with its law."""
    filters = {name: request.GET.get(name, "") for name in ("chapter", "search")}
    context = {
        "lines": shown.find_rules(**filters),
        "filters": filters,
        "chapters": shown.chapters(),
        "rules_version": VERSION,
        "rules_until": LATEST,
        "tab": "rules",
    }
    return render(request, "review/rule_list.html", context)


@member_required
@require_GET
def rule_detail(request: MemberRequest, rule_id: str) -> HttpResponse:
    found = shown.rule_by_id(rule_id)
    if found is None:
        raise Http404
    context = {"found": found, "rule": found.rule, "cases": shown.cases_of(found.rule), "tab": "rules"}
    return render(request, "review/rule_detail.html", context)


@member_required
@require_GET
def statute_list(request: MemberRequest) -> HttpResponse:
    """The library: every stored statute."""
    search = request.GET.get("search", "")
    lines = [one for one in shown.shown_statutes() if all(word in one.statute.title for word in search.split())]
    return render(request, "review/statute_list.html", {"lines": lines, "search": search, "tab": "statutes"})


@member_required
@require_GET
def statute_detail(request: MemberRequest, name: str) -> HttpResponse:
    found = next((one for one in shown.shown_statutes() if one.name == name), None)
    if found is None:
        raise Http404
    context = {"found": found, "statute": found.statute, "articles": shown.articles_of(name), "tab": "statutes"}
    return render(request, "review/statute_detail.html", context)
