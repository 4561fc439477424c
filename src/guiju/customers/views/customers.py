"""Pages of customers: the list, one customer, its form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.http import require_GET, require_POST

from guiju.customers.forms.customers import AssignForm, CustomerForm
from guiju.customers.forms.pool import BulkForm
from guiju.customers.models import Customer, Holder
from guiju.customers.registry import BESIDE
from guiju.customers.selectors.finding import CustomerFilter
from guiju.customers.selectors.history import history_for, may_see_history
from guiju.customers.selectors.lists import (
    SORTS,
    VALUE,
    columns_of,
    fields_shown,
    filter_of,
    kept_lists,
    listed,
    sorted_by,
)
from guiju.customers.selectors.merges import merged_into
from guiju.customers.selectors.narrowing import choices_of, choosable
from guiju.customers.selectors.reading import Reading, reading
from guiju.customers.selectors.timeline import timeline_of
from guiju.customers.services import customers as services
from guiju.customers.services.intake import How
from guiju.customers.services.tags import may_see_tags
from guiju.customers.values import born
from guiju.customers.views.inviting import may_invite
from guiju.customers.views.whose import Whose, whose_customer
from guiju.evidence.selectors import version_of
from guiju.kernel.errors import GuijuError, Missing, Refused
from guiju.organisations.forms import show_problems
from guiju.organisations.models import Reach
from guiju.organisations.permissions import allows, reach_of, require, sight_of
from guiju.organisations.registry import PURPOSES
from guiju.organisations.selectors.people import colleagues_of
from guiju.organisations.services.disclosures import unmask_field
from guiju.organisations.signin import MemberRequest, member_required
from guiju.privacy.ages import age_group, asks_about_each
from guiju.privacy.collecting import ASKABLE
from guiju.privacy.masking import LABELS
from guiju.privacy.selectors.catalogue import fields_of
from guiju.privacy.selectors.consents import lines_of
from guiju.privacy.selectors.notices import has_notice, notice_in_force, told_by
from guiju.privacy.terms import Channel
from guiju.web.answers import tell
from guiju.web.forms import FormPage
from guiju.web.paging import latest_of

USUAL = "sales"
"""What customers are looked at for where nothing is said (用途)."""


def purpose_of(request: HttpRequest) -> str:
    asked = request.GET.get("purpose", "")
    return asked if asked in PURPOSES else USUAL


def columns_asked(request: HttpRequest) -> list[str]:
    """The columns that the address names: once each, or all of them in one word with commas, as a kept list has them."""
    return [code for one in request.GET.getlist("columns") for code in one.split(",") if code]


_MORE = ("source", "tag", "region", "quiet", "made_from", "made_to", "consent", "agreed", "withdrew", "values")
"""What of a filter stands below a fold."""


@member_required
@require_GET
def customer_list(request: MemberRequest) -> HttpResponse:
    """客户"""
    member, purpose, sort = request.member, purpose_of(request), request.GET.get("sort", "")
    asked = filter_of(request.GET)
    with reading(member, purpose=purpose, on=timezone.localdate()) as seen:
        found, trouble = _found(asked, seen)
        page = latest_of(request, sorted_by(listed(found), sort), counted=found)
        rows = list(page.object_list)
        known = fields_shown(seen)
        columns = columns_of(columns_asked(request), known)
        may_bulk = reach_of(member, "customer.assign") is not None or reach_of(member, "customer.tag") is not None
        leads = reach_of(member, "customer.read") is not Reach.OWN
        colleagues = list(colleagues_of(member)) if may_bulk or leads else []
        cells = seen.cells(rows, codes=columns)
        context: dict[str, Any] = {
            "page": page,
            "lines": [(row, [(known[code].label, cells[row.pk].get(code)) for code in columns]) for row in rows],
            "titles": ["客户", *(known[code].label for code in columns)],
            "columns": columns,
            "choosable": [(code, one.label) for code, one in known.items() if code != "name"],
            "sort": sort if sort in SORTS else "",
            "sorts": [(code, label) for code, (label, _) in SORTS.items()],
            "lists": kept_lists(member),
            "asked": asked,
            "trouble": trouble,
            "is_filtered": any(vars(asked).values()),
            "purpose": purpose,
            "purposes": PURPOSES.items(),
            "kinds": Customer.Kind.choices,
            "levels": known["level"].choices.items() if "level" in known else (),
            "sources": known["source"].choices.items() if "source" in known else (),
            "chosen_fields": [
                (VALUE + code, next(iter(some.values())).label, choices_of(some), dict(asked.values).get(code, ""))
                for code, some in choosable(seen).items()
            ],
            "consent_months": [
                ("agreed", "哪个月同意营销", asked.agreed),
                ("withdrew", "哪个月撤回营销", asked.withdrew),
            ],
            "may_filter_consents": reach_of(member, "consent.read") is not None,
            "colleagues": [(str(one.pk), one.user.name) for one in colleagues] if leads else (),
            "narrows_more": any(getattr(asked, name) for name in _MORE),
            "may_bulk": may_bulk,
            "bulk": BulkForm(colleagues=colleagues_of(member), known=colleagues),
            "tab": "customers",
            "may_export": reach_of(member, "customer.export") is not None,
            "may_import": allows(member, "customer.import", on=member.entity_id),
            "may_add": allows(member, "customer.add", on=member.entity_id),
            "has_notice": has_notice(member.entity_id),
        }
        return render(request, "customers/customer_list.html", context)


def _found(asked: CustomerFilter, seen: Reading) -> tuple[QuerySet[Customer], str]:
    """What the list is narrowed to, or why it may not be."""
    try:
        return asked.of(seen.customers(), seen), ""
    except Refused as refusal:
        return seen.customers().none(), refusal.sentence


@member_required
def add_customer(request: MemberRequest) -> HttpResponse:
    member = request.member
    require(member, "customer.add", on=member.entity_id)
    kind = request.GET.get("kind", "person")
    if kind not in Customer.Kind.values:
        raise Missing("kind_missing", "客户的性质是“个人”或“单位”")
    each = _is_asked_about_each(request.POST, kind, member.entity.sector)
    form = CustomerForm(request.POST or None, **offered(member.entity_id, kind, each=each))
    if reach_of(member, "customer.tag") is None:
        del form.fields["tag_words"]
    is_twin = False
    if request.method == "POST" and form.is_valid():
        try:
            saved = services.add_customer(
                kind=kind,
                values=form.values,
                how=_how(form),
                actor=member,
                at=timezone.now(),
                is_another=form.cleaned_data["is_another"],
                tags=form.tags or (),
            )
        except GuijuError as error:
            show_problems(form, error)
            is_twin = is_twin_of(error)
        else:
            _tell_namesakes(request, saved)
            if not saved.refused:
                messages.success(request, f"已登记{saved.customer.shown_name}")
                return redirect("customer_detail", saved.customer.pk)
            return _partly_saved(request, saved, kind)
    return _form_page(request, form, kind, None, is_twin=is_twin)


def _tell_namesakes(request: MemberRequest, saved: services.Saved) -> None:
    """Ask whether a company of the same name is the same; whoever may merge is led there."""
    for one in saved.namesakes:
        if reach_of(request.member, "customer.merge") is None:
            messages.warning(request, f"{one.sentence()}是的话请同事合并。")
        else:
            page = reverse("merge_customers", args=[one.id, saved.customer.pk])
            messages.warning(request, format_html('{}<a href="{}">是，去合并</a>', one.sentence(), page))


def is_twin_of(error: GuijuError) -> bool:
    """Whether it was refused because somebody is there already, and may be said to be another."""
    return any(one.code == "customer_twice" for one in error.problems)


def offered(entity_id: UUID, kind: str, *, each: bool = False) -> dict[str, Any]:
    notice = notice_in_force(entity_id)
    told = {"told": told_by(notice), "notice_now": notice.version if notice else None}
    return {"fields": fields_of(entity_id, kind), "each": each, **told}


def _is_asked_about_each(typed: QueryDict, kind: str, sector: str) -> bool:
    """Whether who is being entered is, by what was typed, to be asked about each field by itself."""
    if kind != Customer.Kind.PERSON:
        return False
    birthday = born({code: typed.get(code, "") for code in ("identity_number", "birthday")})
    is_adult = "is_stated_adult" in typed
    age = age_group(born=birthday, is_stated_adult=is_adult, on=timezone.localdate(), minor_until=None)
    return asks_about_each(age, sector)


def _how(form: CustomerForm) -> How:
    said = form.cleaned_data
    return How(Channel.COUNTER, said["source_words"], form.consents(), said["is_stated_adult"])


def _form_page(
    request: MemberRequest, form: CustomerForm, kind: str, customer: Customer | None, *, is_twin: bool = False
) -> HttpResponse:
    context = {
        "form": form,
        "kind": kind,
        "kinds": Customer.Kind.choices,
        "customer": customer,
        "is_twin": is_twin,
        "has_notice": has_notice(request.member.entity_id),
        "asks_age": kind == "person" and request.member.entity.sector == "education",
        "may_invite": customer is None and kind == "person" and form.each and may_invite(request.member),
    }
    return render(request, "customers/customer_form.html", context, status=422 if form.errors else 200)


def _partly_saved(request: MemberRequest, saved: services.Saved, kind: str) -> HttpResponse:
    """The record is there; what was refused stands in its form with its reason, ready to be sent again."""
    customer = saved.customer
    typed: QueryDict = request.POST.copy()
    typed["seen"] = str(version_of(customer))
    with reading(request.member, purpose=USUAL, on=timezone.localdate()) as seen:
        form = CustomerForm(typed, now=seen.cells_of(customer), **_offered(seen, customer, typed))
        _keep_tags(form, seen, customer)
        form.is_valid()
        form.show_refused(saved.refused)
        context = {
            "form": form,
            "kind": kind,
            "customer": customer,
            "refused": saved.refused,
            "asks_age": kind == "person" and request.member.entity.sector == "education",
        }
        return render(request, "customers/customer_form.html", context)


@member_required
@require_GET
def customer_detail(request: MemberRequest, customer_id: UUID) -> HttpResponse:
    """One customer: values, contacts, consents, history."""
    member, purpose = request.member, purpose_of(request)
    with reading(member, purpose=purpose, on=timezone.localdate()) as seen:
        try:
            customer = seen.customer(customer_id)
        except Missing:
            if not (kept_id := merged_into(customer_id)):
                raise
            kept = seen.customer(kept_id)
            messages.info(request, "您打开的客户已经并入这一位")
            return redirect("customer_detail", kept.pk)
        is_company = customer.kind == Customer.Kind.COMPANY
        contacts = list(seen.contacts_of(customer)) if is_company else []
        by_contact = seen.cells(contacts)
        beside = [provide(seen, customer) for provide in BESIDE]
        past = seen.named(seen.past_contacts_of(customer)) if is_company else []
        events = (event for one in beside for event in one.events)
        timeline = timeline_of(seen, customer, events, contacts=[*contacts, *past])
        context = {
            "customer": customer,
            "cells": seen.cells_of(customer).values(),
            "contacts": [(one, by_contact[one.pk].values()) for one in contacts],
            "past_contacts": past,
            "may_change": reach_of(member, "customer.change") is not None,
            "may_merge": reach_of(member, "customer.merge") is not None and customer.entity_id == member.entity_id,
            "may_release": reach_of(member, "customer.assign") is not None and customer.owner_id is not None,
            "may_assign": reach_of(member, "customer.assign") is not None,
            "may_tag": reach_of(member, "customer.tag") is not None,
            "minor_refusal": seen.refusal_of_minor(customer),
            "age_waits": seen.is_age_waiting(customer),
            "may_ask_minor": allows(member, "minor.ask", on=customer.entity_id),
            "may_see_looks": customer.entity_id == member.entity_id
            and allows(member, "minor.decide", on=customer.entity_id),
            "may_unmask": allows(member, "customer.unmask", on=customer.entity_id),
            "timeline": timeline,
            "masked": [(code, LABELS[code]) for code in LABELS if any(code in event.masked for event in timeline)],
            "panels": [one.panel for one in beside if one.panel is not None],
            "purpose": purpose,
            "purposes": PURPOSES.items(),
            "may_history": (may_history := may_see_history(seen, customer)),
            "history": history_for(seen, customer) if may_history and _wants_history(request) else None,
            "may_restore": reach_of(member, "customer.change") is not None,
            "restores": "restore_customer",
            "restored": customer.pk,
            **(person_context(seen, whose_customer(customer)) if customer.subject_id else {"consents": None}),
        }
        context["folds"] = _has_empty(context, is_company=is_company)
        return render(request, "customers/customer_detail.html", context)


def _has_empty(context: Mapping[str, Any], *, is_company: bool) -> bool:
    """Whether something of a customer is empty, and folds into one line of links."""
    no_people = is_company and not context["contacts"] and not context["past_contacts"]
    no_consents = context["consents"] is not None and not context["consents"]
    return context["history"] is None or no_people or no_consents or any(one.is_empty for one in context["panels"])


def person_context(seen: Reading, whose: Whose) -> dict[str, Any]:
    """What pages of a person show beside their values: what they consented to, what can be done, what it was before."""
    member, holder = seen.member, whose.holder
    may_consent = seen.may_read_consents(holder)
    return {
        "whose": whose,
        "consents": lines_of(seen.consents_of(holder), seen.labels(holder)) if may_consent else None,
        "may_record": allows(member, "consent.record", on=holder.entity_id),
        "may_propose": allows(member, "archive.propose", on=holder.entity_id),
        "may_freeze": allows(member, "subject.freeze", on=holder.entity_id),
        "may_hold": allows(member, "archive.hold", on=holder.entity_id),
    }


def _wants_history(request: MemberRequest) -> bool:
    """Whoever looks after histories sees it at once; who works with customers asks for it: opening versions takes a moment."""
    return "history" in request.GET or reach_of(request.member, "customer.change") is None


@member_required
def change_customer(request: MemberRequest, customer_id: UUID) -> HttpResponse:
    member = request.member
    with reading(member, purpose=USUAL, on=timezone.localdate(), right="customer.change") as seen:
        customer = seen.customer(customer_id)
        form, is_twin = _change_form(request, seen, customer), False
        if request.method == "POST" and form.is_valid():
            try:
                saved = services.change_customer(
                    customer_id=customer.pk,
                    values=form.values,
                    how=_how(form),
                    actor=member,
                    at=timezone.now(),
                    seen=form.cleaned_data["seen"],
                    is_another=form.cleaned_data["is_another"],
                    tags=form.tags,
                )
            except GuijuError as error:
                show_problems(form, error)
                is_twin = is_twin_of(error)
                form.may_ask = customer.subject_id is not None and any(one.code in ASKABLE for one in error.problems)
            else:
                if not saved.refused:
                    messages.success(request, "已修改")
                    return redirect("customer_detail", customer.pk)
                return _partly_saved(request, saved, customer.kind)
        return _form_page(request, form, customer.kind, customer, is_twin=is_twin)


def _change_form(request: MemberRequest, seen: Reading, customer: Customer) -> CustomerForm:
    cells = seen.cells_of(customer)
    initial = {"seen": version_of(customer), "tag_words": "、".join(customer.shown_tags)}
    form = CustomerForm(request.POST or None, now=cells, initial=initial, **_offered(seen, customer, request.POST))
    _keep_tags(form, seen, customer)
    return form


def _keep_tags(form: CustomerForm, seen: Reading, customer: Customer) -> None:
    """Ask for no tags where they don't show, and of who may not tag the customer: they stay as they are."""
    tagging = sight_of(seen.member, "customer.tag", on=seen.on)
    if not may_see_tags(seen, customer) or not tagging.of(Customer.objects.filter(pk=customer.pk), owner="owner"):
        del form.fields["tag_words"]


def _offered(seen: Reading, customer: Customer, typed: QueryDict) -> dict[str, Any]:
    """What is offered about a customer who is there: as old as they are known to be, or typed to be."""
    each = seen.asks_about_each(customer) or (
        typed.get("birthday", "") != "" and _is_asked_about_each(typed, customer.kind, seen.sector(customer.entity_id))
    )
    return offered(customer.entity_id, customer.kind, each=each)


@member_required
def assign_customer(request: MemberRequest, customer_id: UUID) -> HttpResponse:
    """Give a customer to a colleague."""
    member = request.member
    with reading(member, purpose=USUAL, on=timezone.localdate(), right="customer.assign") as seen:
        customer = seen.customer(customer_id)
        form = AssignForm(request.POST or None, colleagues=colleagues_of(member))
        if request.method == "POST" and form.is_valid():
            to = form.cleaned_data["owner"]
            try:
                services.assign_customer(customer_id=customer.pk, to=to, actor=member, at=timezone.now())
            except GuijuError as error:
                show_problems(form, error)
            else:
                messages.success(request, f"{customer.shown_name}的负责人改为{to.user.name}")
                return redirect("customer_list")
        page = FormPage("分配客户", "分配", f"/customers/{customer.pk}/", customer.shown_name)
        return page.answer(request, form)


@member_required
@require_POST
def unmask_customer(request: MemberRequest, customer_id: UUID, category: str) -> HttpResponse:
    """One kind of field of one customer in the clear, for a reason and five minutes."""
    with reading(request.member, purpose=USUAL, on=timezone.localdate()) as seen:
        return _unmask(request, seen.customer(customer_id), category, "customer_detail")


@member_required
@require_POST
def unmask_contact(request: MemberRequest, contact_id: UUID, category: str) -> HttpResponse:
    """The same of one contact."""
    with reading(request.member, purpose=USUAL, on=timezone.localdate()) as seen:
        return _unmask(request, seen.contact(contact_id), category, "contact_detail")


def _unmask(request: MemberRequest, holder: Holder, category: str, page: str) -> HttpResponse:
    def unmask() -> str:
        made = unmask_field(
            code=f"customer.{category}",
            subject_id=holder.pk,
            entity_id=holder.entity_id,
            reason=request.POST.get("reason", ""),
            actor=request.member,
            at=timezone.now(),
        )
        return f"明文显示到 {timezone.localtime(made.until):%H:%M}，已记录"

    tell(request, unmask)
    return redirect(page, holder.pk)
