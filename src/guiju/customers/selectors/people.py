"""The person behind a customer or a contact, by either id (这是谁的信息)."""

from __future__ import annotations

from uuid import UUID

from guiju.customers.models import Contact, Customer
from guiju.customers.selectors.reading import Reading
from guiju.kernel.errors import Missing
from guiju.privacy.models import Subject


def person_behind(seen: Reading, holder_id: UUID) -> Subject:
    """Whose data a record holds; raises `Missing` for a company, and for what the member doesn't see."""
    is_contact = Contact.objects.filter(pk=holder_id).exists()
    holder: Customer | Contact = seen.contact(holder_id) if is_contact else seen.customer(holder_id)
    if holder.subject is None:
        raise Missing("customer_is_company", "单位的资料不是个人信息：请写联系人的编号")
    return holder.subject
