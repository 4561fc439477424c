"""Every screen is reached by links from 工作台, followed as ten people see them."""

from __future__ import annotations

from collections import Counter
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from django.urls import Resolver404, resolve

from tests.journeys.running import Running, Session
from tests.test_access_walk import POSTED, address_names

PEOPLE = (
    "system.admin",
    "security.admin",
    "audit.admin",
    "compliance",
    "legal",
    "sales.food",
    "service.food",
    "data.officer",
    "data.officer.food",
    "marketing.food",
)

ELSEWHERE = {
    "health": "for the machine that looks whether all is well",
    "sign_in": "before anything else",
    "sign_in_code": "after a password, for who has a second factor",
    "activate_account": "from the link of an invitation, and from the sign-in page",
    "step_up": "sent there when a right that asks for it came after signing in",
    "suggest_companies": "asked by the field while one types",
    "suggest_regions": "asked by the field while one types",
    "suggest_order_customers": "asked by the field while one types",
    "suggest_products": "asked by the field while one types",
    "table_import": "after a file was sent (test_import_orders.py)",
    "table_import_errors": "after a file was sent (test_import_orders.py)",
    "undo_table_import": "after a file was taken in (test_undo_table_import.py)",
    "suggest_customers": "asked by the field while one types",
    "company_import": "after a file was sent",
    "import_errors": "after a file was sent",
    "check_detail": "after a text was reviewed (test_review.py)",
    "export_check": "after a text was reviewed (test_review.py)",
    "relation_agreement": "after a relation was entered (test_relations.py)",
    "assess_relation": "after a relation was entered (test_relations.py)",
    "change_role": "after a role of one's own was set up (test_role_pages.py)",
    "intake": "after a list was sent (test_directory.py)",
    "intake_lines": "after a list was sent (test_directory.py)",
    "start_provider": "from the sign-in page, where a provider is configured (test_directory.py)",
    "provider_back": "from the provider (test_directory.py)",
    "log_checkpoint": "for programs (test_evidence.py)",
    "log_entries": "for programs (test_audit_pages.py)",
    "log_tile": "for programs (test_evidence.py)",
    "public_proof": "from the code on a certificate (test_audit_pages.py)",
    "duty_feed": "for calendar programs (test_duties.py)",
    "document_picture": "the picture in the gallery (test_documents.py)",
    "propose_over": "from 保管期限, once something is over (test_floors.py)",
    "look_after_restore": "from 待办, after a restore (test_replay_more.py)",
    "customer_import": "after a file was sent (test_import_customers.py)",
    "customer_import_errors": "after a file was sent (test_import_customers.py)",
    "cleanup_detail": "after a search (test_cleanup_pages.py)",
    "print_cleanup": "after a search (test_cleanup_pages.py)",
    "cleanup_workbook": "after a search (test_cleanup_pages.py)",
    "cleanup_people": "after a search found something (test_cleanup_pages.py)",
    "freeze_found": "after a search found something (test_cleanup_pages.py)",
    "propose_found": "after a search found something (test_cleanup_pages.py)",
    "dispose_attachment": "after a file was taken out of use (test_letting_go.py)",
    "answer_message": "after somebody left a message (test_messages.py)",
    "minor_looks": "from a minor, for who decides about looks (test_minors.py)",
    "correct_earlier_notice": "after a notice of earlier days was put down (test_earlier_notices.py)",
    "delete_withdrawn": "after somebody withdrew a consent (test_withdrawals.py)",
    "drill_detail": "after a drill (test_pages.py of safekeeping)",
    "disposal_detail": "after something was proposed for deletion (test_disposal_pages.py)",
    "print_disposal": "after something was proposed for deletion (test_disposal_pages.py)",
    "print_deletion": "after something was destroyed (test_disposal_pages.py)",
    "lift_hold": "after a hold was placed (test_disposal_pages.py)",
    "ask_to_see_minor": "from a minor whom nobody allowed one to see (test_minors.py)",
    "invite_guardian": "from the form of a new pupil (test_inviting.py)",
    "merge_customers": "from two that are likely the same (test_duplicates.py)",
    "customer_merge": "after two were merged (test_duplicates.py)",
    "rename_tag": "from a tag of the company (test_tags.py)",
    "merge_many": "from several that are likely the same (test_namesakes.py)",
    "restore_contact": "after somebody changed a contact (test_timeline.py)",
    "return_note": "after a note of one's own was taken away (test_timeline.py)",
    "restore_customer": "after somebody changed a customer (test_restoring.py)",
    "undo_import": "after a file was taken in (test_import_undo.py)",
    "delete_undone": "after an import was taken back (test_import_undo.py)",
    "undo_bulk": "from what was done to many (test_bulk.py)",
    "undo_assignment": "from opportunities that went to a colleague (test_taking_back.py)",
    "remove_note": "from a note of one's own (test_notes.py)",
    "print_poster": "from the form on 投诉入口 (test_entrance.py of complaints)",
    "rectification_detail": "after a cause crossed a threshold (test_rectifications.py)",
    "write_rectification": "from a task of rectification (test_rectifications.py)",
    "ask_review": "from a task of rectification (test_rectifications.py)",
    "assign_rectification": "from a task of rectification (test_rectifications.py)",
    "link_rectification": "from a task of rectification (test_rectifications.py)",
    "print_rectification": "from a task of rectification (test_rectifications.py)",
    "close_complaint": "after a complaint was answered (test_pages.py of complaints)",
    "note_goods_back": "from a refund that waits for the goods (test_clocks.py of complaints)",
    "hand_over_task": "from a task in hand (test_tasks.py)",
}
"""Pages to which no link leads in a fresh demo, and what does."""

MANY_OF = {
    "company_detail": 9,
    "customer_detail": 16,
    "catalogue_field": 6,
    "order_detail": 10,
    "complaint_detail": 16,
    "complaint_list": 12,
}
"""Not every company has departments, not every customer contacts, not every order came back, not every complaint is
closed; a name is never retired."""

DOWNLOADS = ("/content/", "/tables/", "checkpoint.txt", "export", "matrix.", ".xlsx", ".csv", ".json")


def test_every_screen_is_reached_by_links(running: Running) -> None:
    reached: set[str] = set()
    for person in PEOPLE:
        reached |= follow(running.signed_in(person))
    wanted = {name for name, _ in address_names()} - POSTED - ELSEWHERE.keys()
    assert wanted - reached == set()


def follow(session: Session) -> set[str]:
    """The names of all pages to which links lead from 工作台; one page of each kind is opened."""
    seen: set[str] = set()
    opened: Counter[str] = Counter()
    waiting, known = ["/"], set()
    while waiting:
        address = waiting.pop(0)
        if address in known:
            continue
        known.add(address)
        try:
            name = resolve(urlsplit(address).path).url_name or ""
        except Resolver404:
            continue
        opened[name] += 1
        if opened[name] > MANY_OF.get(name, 1):
            continue
        seen.add(name)
        if not any(mark in address for mark in DOWNLOADS):
            waiting += links_of(address, session.get(address).text)
    return seen


class Links(HTMLParser):
    """No script of ours makes a link, so those that the server writes are all."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        href = dict(attributes).get("href")
        if tag == "a" and href:
            self.found.append(href)


def links_of(address: str, text: str) -> list[str]:
    """The pages of this house to which a page leads, without host and fragment."""
    addresses = (urlsplit(urljoin(address, one)) for one in Links(text).found)
    return [one.path + (f"?{one.query}" if one.query else "") for one in addresses if not one.netloc and not one.scheme]
