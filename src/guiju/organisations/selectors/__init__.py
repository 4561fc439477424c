"""Reads of the group, each as far as a member's rights go."""

from guiju.organisations.selectors.acting import Hidden, acting, acting_by_id, hidden_from, seeing
from guiju.organisations.selectors.companies import (
    Sights,
    companies_for,
    company_by_code,
    company_for,
    company_history,
    import_for,
    last_change_of,
    overview_for,
    provinces_in_use,
    recent_imports,
    version_for,
)
from guiju.organisations.selectors.people import installation, is_set_up, memberships_of, names_of, tokens_of

__all__ = [
    "Hidden",
    "Sights",
    "acting",
    "acting_by_id",
    "companies_for",
    "company_by_code",
    "company_for",
    "company_history",
    "hidden_from",
    "import_for",
    "installation",
    "is_set_up",
    "last_change_of",
    "memberships_of",
    "names_of",
    "overview_for",
    "provinces_in_use",
    "recent_imports",
    "seeing",
    "tokens_of",
    "version_for",
]
