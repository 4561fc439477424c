"""Pages of duplicates: customers that are likely the same, two made one, and two again."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from guiju.customers.forms.merging import MergeForm
from guiju.customers.forms.pool import BulkForm
from guiju.customers.selectors.duplicates import GROUNDS, alike_with, likely_same
from guiju.customers.selectors.history import history_for, may_see_history
from guiju.customers.selectors.merges import differences, going_along, merge_for, merged_into, moved_words
from guiju.customers.selectors.reading import reading
from guiju.customers.services import merging, sameness
from guiju.customers.views.customers import USUAL
from guiju.kernel.errors import GuijuError, Missing
from guiju.organisations.forms import show_problems
from guiju.organisations.permissions import reach_of, refusal_of
from guiju.organisations.signin import MemberRequest, member_required
from guiju.web.answers import tell

RIGHT, SHOWN = "customer.merge", ("phone", "company", "unified_code", "region")
_FOUND, _MOST_PAGES = 20, 400


def _number(request: MemberRequest) -> int:
    asked = request.GET.get("page", "")
    return min(max(int(asked), 1), _MOST_PAGES) if asked.isascii() and asked.isdigit() and len(asked) < 9 else 1


def ground_of(request: MemberRequest) -> str:
    asked = request.GET.get("ground", "")
    return asked if asked in GROUNDS else "phone"


@member_required
@require_GET
def duplicate_list(request: MemberRequest) -> HttpResponse:
    """查重"""
    ground, number = ground_of(request), _number(request)
    with reading(request.member, purpose=USUAL, on=timezone.localdate(), right=RIGHT) as seen:
        groups, has_more = likely_same(seen, ground, page=number)
        cells = seen.cells([row for one in groups for row in one.customers], codes=SHOWN)
        context = {
            "groups": [(one, [(row, cells[row.pk].values()) for row in one.customers]) for one in groups],
            "grounds": GROUNDS.values(),
            "ground": GROUNDS[ground],
            "number": number,
            "previous": number - 1,
            "next": number + 1 if has_more else None,
            "tab": "duplicates",
        }
        return render(request, "customers/duplicate_list.html", context)


@member_required
@require_POST
def say_not_same(request: MemberRequest) -> HttpResponse:
    """不是重复"""
    if reach_of(request.member, RIGHT) is None:
        raise refusal_of(RIGHT)
    chosen = BulkForm.chosen(request.POST.getlist("customer"))
    if request.POST.get("what") == "merge":
        if len(set(chosen)) == 2:
            return redirect("merge_customers", chosen[0], chosen[1])
        if len(set(chosen)) > 2:
            picked = urlencode([("customer", pk) for pk in dict.fromkeys(chosen)])
            return redirect(f"{reverse('merge_many')}?{picked}")
        messages.error(request, "请选中两位以上")
    else:

        def say() -> str:
            sameness.say_not_same(customers=chosen, actor=request.member, at=timezone.now())
            return "已记下：不是重复，以后不再提示"

        tell(request, say)
    return redirect("duplicate_list")


@member_required
def merge_many(request: MemberRequest) -> HttpResponse:
    """合并多位客户"""
    chosen = BulkForm.chosen(request.GET.getlist("customer"))[: merging.MOST_AT_ONCE]
    with reading(request.member, purpose=USUAL, on=timezone.localdate(), right=RIGHT) as seen:
        rows = list(seen.customers().filter(pk__in=chosen).order_by("made_at", "pk"))
        if len(rows) < 2:
            raise Missing("customer_missing", "没有这些客户，或您的角色不能合并")
        if request.method == "POST":
            [kept] = BulkForm.chosen([request.POST.get("kept", "")]) or [rows[0].pk]

            def merge() -> str:
                gone = [row.pk for row in rows if row.pk != kept]
                made = merging.merge_many(kept_id=kept, gone_ids=gone, actor=request.member, at=timezone.now())
                return f"已合并{len(made)}位；每一次合并都可以撤销，后合并的先撤销"

            if tell(request, merge):
                return redirect("customer_detail", kept)
            return redirect("duplicate_list")
        cells = seen.cells(rows, codes=SHOWN)
        context = {"members": [(row, cells[row.pk].values()) for row in rows]}
        return render(request, "customers/merge_many.html", context)


@member_required
@require_GET
def find_other(request: MemberRequest, customer_id: UUID) -> HttpResponse:
    """Somebody knows with whom a customer is one."""
    words = request.GET.get("search", "")[:200]
    with reading(request.member, purpose=USUAL, on=timezone.localdate(), right=RIGHT) as seen:
        customer = seen.customer(customer_id)
        rows = list(alike_with(seen, customer, words)[:_FOUND]) if words.strip() else []
        cells = seen.cells(rows, codes=SHOWN)
        found = [(row, cells[row.pk].values()) for row in rows]
        context = {"customer": customer, "found": found, "words": words}
        return render(request, "customers/find_other.html", context)


@member_required
def merge_customers(request: MemberRequest, customer_id: UUID, other_id: UUID) -> HttpResponse:
    """合并客户"""
    member = request.member
    with reading(member, purpose=USUAL, on=timezone.localdate(), right=RIGHT) as seen:
        kept, gone = seen.customer(customer_id), seen.customer(other_id)
        names = tuple(one.owner.user.name if one.owner else "（公海）" for one in (kept, gone))
        owners = (names[0], names[1]) if kept.owner_id != gone.owner_id else None
        form = MergeForm(request.POST or None, differences=differences(seen, kept, gone), owners=owners)
        if request.method == "POST" and form.is_valid():
            try:
                made = merging.merge_customers(
                    kept_id=kept.pk, gone_id=gone.pk, taken=form.taken, actor=member, at=timezone.now()
                )
            except GuijuError as error:
                show_problems(form, error)
            else:
                messages.success(request, "已合并；可以撤销")
                return redirect("customer_merge", made.pk)
        context = {"form": form, "kept": kept, "gone": gone, "along": going_along(gone)}
        return render(request, "customers/merge_customers.html", context, status=422 if form.errors else 200)


@member_required
@require_GET
def customer_merge(request: MemberRequest, merge_id: UUID) -> HttpResponse:
    """One merge: what came from where, the history of the one that went, and the way back."""
    member = request.member
    with reading(member, purpose=USUAL, on=timezone.localdate()) as seen:
        found = merge_for(seen, merge_id)
        customer = seen.customer(merged_into(found.kept_id) or found.kept_id)
        labels = {code: one.label for code, one in seen.fields(found.entity_id, found.gone.record).items()}
        may_history = may_see_history(seen, customer)
        context = {
            "merge": found,
            "customer": customer,
            "taken": [labels.get(code, "负责人") for code in found.taken],
            "moved": moved_words(found),
            "may_undo": found.undone_at is None and reach_of(member, RIGHT) is not None,
            "history": history_for(seen, found.gone) if may_history else None,
        }
        return render(request, "customers/customer_merge.html", context)


@member_required
@require_POST
def undo_merge(request: MemberRequest, merge_id: UUID) -> HttpResponse:
    """撤销合并"""

    def undo() -> str:
        undone = merging.undo_merge(merge_id=merge_id, actor=request.member, at=timezone.now())
        return "已撤销合并" + (f"；{'；'.join(undone.left)}" if undone.left else "")

    tell(request, undo)
    return redirect("customer_merge", merge_id)
