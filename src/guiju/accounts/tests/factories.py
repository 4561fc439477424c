"""Second factors for tests."""

from __future__ import annotations

from datetime import datetime, timedelta

import pyotp

from guiju.accounts.services.factors import new_secret, set_factor
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting


def give_factor(member: Member, *, at: datetime) -> tuple[str, list[str]]:
    """A factor that was set two minutes before; its secret and recovery codes."""
    secret, before = new_secret(), at - timedelta(minutes=2)
    with acting(member):
        codes = set_factor(secret=secret, code=pyotp.TOTP(secret).at(before), actor=member, at=before)
    return secret, codes
