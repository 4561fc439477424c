"""Acts on many customers at once: on those that were ticked or all that match, and the past ones with their way back."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.http import require_GET, require_POST

from guiju.customers.forms.pool import BulkForm
from guiju.customers.models import BulkAct
from guiju.customers.selectors.lists import filter_of, sorted_by
from guiju.customers.selectors.reading import reading
from guiju.customers.services import bulk
from guiju.customers.views.customers import USUAL
from guiju.kernel.errors import GuijuError, Missing, Refused
from guiju.organisations.models import Member
from guiju.organisations.permissions import reach_of, refusal_of
from guiju.organisations.registry import PURPOSES
from guiju.organisations.selectors.people import colleagues_of
from guiju.organisations.signin import MemberRequest, member_required
from guiju.web.answers import tell
from guiju.web.paging import page_of

_RIGHTS = {"assign": "customer.assign", "release": "customer.assign", "tag": "customer.tag", "untag": "customer.tag"}
_ALL = "all"


@member_required
@require_POST
def bulk_customers(request: MemberRequest) -> HttpResponse:
    """One act on the customers that were ticked, or on all that match; the next page offers to take it back."""
    member = request.member
    if all(reach_of(member, right) is None for right in _RIGHTS.values()):
        raise refusal_of("customer.assign")
    form = BulkForm(request.POST, colleagues=colleagues_of(member))
    address = _address(request.POST.get("back", ""))
    back = HttpResponseRedirect(
        f"{reverse('customer_list')}?{address.urlencode()}" if address else reverse("customer_list")
    )
    try:
        if not form.is_valid():
            raise Refused("bulk_shape", "请选择要做什么")
        chosen = form.chosen(request.POST.getlist("customer"))
        if request.POST.get("which") == _ALL:
            chosen, count = _matching(request, address, _RIGHTS[form.cleaned_data["act"]])
            if "confirmed" not in request.POST and chosen:
                return _ask(request, form, count, len(chosen))
        made = _act(form, chosen, member)
    except GuijuError as error:
        messages.error(request, error.sentence)
        return back
    undo = reverse("undo_bulk", args=[made.pk])
    words = '已{}{}位客户。<a href="{}">撤销</a>'
    messages.success(request, format_html(words, made.get_sort_display(), made.count, undo))
    return back


def _address(text: str) -> QueryDict:
    """The list from which somebody came, without the page."""
    found = QueryDict(text[:4000], mutable=True)
    found.pop("page", None)
    return found


def _matching(request: MemberRequest, address: QueryDict, right: str) -> tuple[list[UUID], int]:
    """The newest of those that match, as many as go into one act, and how many there are in all."""
    asked, on = address.get("purpose", ""), timezone.localdate()
    purpose = asked if asked in PURPOSES else USUAL
    with reading(request.member, purpose=purpose, on=on) as seen:
        rows = filter_of(address).of(seen.customers(), seen).filter(entity_id=request.member.entity_id)
        with reading(request.member, purpose=purpose, on=on, right=right) as theirs:
            rows = rows.filter(pk__in=theirs.customers().order_by().values("pk"))
            count = rows.order_by().count()
            return list(sorted_by(rows, address.get("sort", "")).values_list("pk", flat=True)[: bulk.MOST]), count


def _ask(request: MemberRequest, form: BulkForm, count: int, most: int) -> HttpResponse:
    """How many it would be, before it is done."""
    said = form.cleaned_data
    label = dict(form.fields["act"].choices)[said["act"]]  # type: ignore[attr-defined]
    words = said["owner"].user.name if said["owner"] else said["tag"]
    names = ("act", "owner", "tag", "back")
    context = {
        "count": count,
        "most": most,
        "what": f"{label}{words}",
        "typed": [(name, request.POST.get(name, "")) for name in names],
        "back": request.POST.get("back", ""),
    }
    return render(request, "customers/bulk_confirm.html", context)


def _act(form: BulkForm, chosen: Sequence[UUID], actor: Member) -> BulkAct:
    said, now = form.cleaned_data, timezone.now()
    match said["act"]:
        case "assign":
            if said["owner"] is None:
                raise Refused("owner_empty", "请选择分配给哪位同事")
            return bulk.assign_many(customers=chosen, to=said["owner"], actor=actor, at=now)
        case "release":
            return bulk.release_many(customers=chosen, actor=actor, at=now)
        case act:
            return bulk.tag_many(customers=chosen, tag=said["tag"], actor=actor, at=now, take_off=act == "untag")


@member_required
@require_GET
def bulk_list(request: MemberRequest) -> HttpResponse:
    """批量操作记录"""
    mine = BulkAct.objects.filter(member=request.member).order_by("-at", "-pk").defer("changes")
    page = page_of(request, mine)
    still = timezone.now() - bulk.UNDONE_WITHIN
    context = {"page": page, "lines": [(one, one.undone_at is None and one.at >= still) for one in page.object_list]}
    return render(request, "customers/bulk_list.html", context)


@member_required
def undo_bulk(request: MemberRequest, act_id: UUID) -> HttpResponse:
    """撤销批量操作"""
    if request.method == "POST":

        def undo() -> str:
            made = bulk.undo_bulk(act_id=act_id, actor=request.member, at=timezone.now())
            left = f"；{made.left}位后来改过、仅存储或您不能办理，没有撤销" if made.left else ""
            return f"已撤销：{made.act.get_sort_display()}{made.count}位{left}"

        tell(request, undo)
        return redirect("bulk_list")
    found = BulkAct.objects.filter(pk=act_id, member=request.member).first()
    if found is None:
        raise Missing("act_missing", "没有这次批量操作")
    return render(request, "customers/undo_bulk.html", {"act": found})
