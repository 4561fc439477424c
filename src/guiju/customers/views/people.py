"""Pages of contacts: one of them, and its form."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from guiju.customers.forms.customers import ContactForm
from guiju.customers.models import Contact, Customer
from guiju.customers.selectors.attachments import contact_owner, file_card
from guiju.customers.selectors.history import history_for, may_see_history
from guiju.customers.selectors.reading import Reading, reading
from guiju.customers.services import contacts
from guiju.customers.services.intake import How
from guiju.customers.views.customers import USUAL, offered, person_context, purpose_of
from guiju.customers.views.whose import contact_whose
from guiju.evidence.selectors import version_of
from guiju.kernel.errors import GuijuError, Missing
from guiju.organisations.forms import show_problems
from guiju.organisations.permissions import allows, reach_of
from guiju.organisations.registry import PURPOSES
from guiju.organisations.signin import MemberRequest, member_required
from guiju.privacy.terms import Channel
from guiju.web.answers import tell


@member_required
def add_contact(request: MemberRequest, customer_id: UUID) -> HttpResponse:
    with reading(request.member, purpose=USUAL, on=timezone.localdate(), right="customer.change") as seen:
        customer = seen.customer(customer_id)
        form = ContactForm(request.POST or None, **offered(customer.entity_id, "contact"))
        if request.method == "POST" and form.is_valid():
            try:
                saved = contacts.add_contact(
                    customer_id=customer.pk,
                    values=form.values,
                    how=_how(form),
                    actor=request.member,
                    at=timezone.now(),
                    is_main=form.cleaned_data["is_main"],
                )
            except GuijuError as error:
                show_problems(form, error)
            else:
                if saved.refused:
                    return _partly_saved(request, seen, saved)
                messages.success(request, f"已登记联系人{saved.contact.shown_name}")
                return redirect("customer_detail", customer.pk)
        return _page(request, form, customer)


@member_required
@require_GET
def contact_detail(request: MemberRequest, contact_id: UUID) -> HttpResponse:
    """One contact: values, consents, history."""
    member, purpose = request.member, purpose_of(request)
    with reading(member, purpose=purpose, on=timezone.localdate()) as seen:
        whose = contact_whose(seen, contact_id)
        contact = whose.holder
        assert isinstance(contact, Contact)
        context = {
            "contact": contact,
            "customer": contact.customer,
            "cells": seen.cells_of(contact).values(),
            "files": file_card(member, contact_owner(seen, contact), on=seen.on),
            "may_change": reach_of(member, "customer.change") is not None and contact.ended_at is None,
            "may_unmask": allows(member, "customer.unmask", on=contact.entity_id),
            "purpose": purpose,
            "purposes": PURPOSES.items(),
            "may_return": reach_of(member, "customer.change") is not None and contact.ended_at is not None,
            "history": history_for(seen, contact) if may_see_history(seen, contact.customer) else None,
            "may_restore": reach_of(member, "customer.change") is not None and contact.ended_at is None,
            "restores": "restore_contact",
            "restored": contact.pk,
            **person_context(seen, whose),
        }
        return render(request, "customers/contact_detail.html", context)


@member_required
def change_contact(request: MemberRequest, contact_id: UUID) -> HttpResponse:
    with reading(request.member, purpose=USUAL, on=timezone.localdate(), right="customer.change") as seen:
        contact = Contact.objects.filter(pk=contact_id, ended_at=None).select_related("subject").first()
        if contact is None:
            raise Missing("contact_missing", "没有这位联系人，或您的角色看不到")
        customer = seen.customer(contact.customer_id)
        form = _form_of(request.POST or None, seen, contact)
        if request.method == "POST" and form.is_valid():
            try:
                saved = contacts.change_contact(
                    contact_id=contact.pk,
                    values=form.values,
                    how=_how(form),
                    actor=request.member,
                    at=timezone.now(),
                    is_main=form.cleaned_data["is_main"],
                    seen=form.cleaned_data["seen"],
                )
            except GuijuError as error:
                show_problems(form, error)
            else:
                if saved.refused:
                    return _partly_saved(request, seen, saved)
                messages.success(request, "已修改")
                return redirect("contact_detail", contact.pk)
        return _page(request, form, customer, contact)


def _form_of(data: QueryDict | None, seen: Reading, contact: Contact) -> ContactForm:
    initial = {"seen": version_of(contact), "is_main": contact.is_main}
    return ContactForm(data, now=seen.cells_of(contact), initial=initial, **offered(contact.entity_id, "contact"))


def _how(form: ContactForm) -> How:
    return How(Channel.COUNTER, form.cleaned_data["source_words"], form.consents())


def _partly_saved(request: MemberRequest, seen: Reading, saved: contacts.SavedContact) -> HttpResponse:
    typed = request.POST.copy()
    typed["seen"] = str(version_of(saved.contact))
    form = _form_of(typed, seen, saved.contact)
    form.is_valid()
    form.show_refused(saved.refused)
    return _page(request, form, saved.contact.customer, saved.contact, refused=saved.refused)


def _page(
    request: MemberRequest, form: ContactForm, customer: Customer, contact: Contact | None = None, **more: Any
) -> HttpResponse:
    context = {"form": form, "customer": customer, "contact": contact, **more}
    status = 422 if form.errors and not more else 200
    return render(request, "customers/contact_form.html", context, status=status)


@member_required
@require_POST
def end_contact(request: MemberRequest, contact_id: UUID) -> HttpResponse:
    made = contacts.end_contact(contact_id=contact_id, actor=request.member, at=timezone.now())
    messages.success(request, f"{made.shown_name}已标为不再联系；可以在联系人的页面恢复")
    return redirect("customer_detail", made.customer_id)


@member_required
@require_POST
def return_contact(request: MemberRequest, contact_id: UUID) -> HttpResponse:
    """恢复联系"""

    def back() -> str:
        return f"{contacts.return_contact(contact_id=contact_id, actor=request.member, at=timezone.now()).shown_name}已恢复联系"

    tell(request, back)
    return redirect("contact_detail", contact_id)
