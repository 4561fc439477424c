"""Log and rows are verified: every night, and whenever somebody asks (核对存证)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.utils import timezone

from guiju.audit.selectors import root_for
from guiju.database.scope import scope
from guiju.evidence.installation import kept_checkpoints, log_key, verifier_conninfo
from guiju.evidence.selectors.log import last_clean_size
from guiju.evidence.services.verifying import keep_verification
from guiju.evidence.verification.run import verify
from guiju.keys.masters import masters
from guiju.organisations.models import Member
from guiju.organisations.permissions import require


def ask_verification(*, actor: Member) -> UUID:
    """May this member have it done (发起核对)? Returns the group company, whose log holds the run.

    The work itself is a task: it may take minutes.
    """
    root = root_for(actor)
    require(actor, "evidence.verify", on=root)
    return root


def run_verification(*, root: UUID, actor: Member | None, began_at: datetime) -> bool:
    """Verify everything and write down what was found; returns whether nothing was."""
    with scope(entities={root}):
        clean = last_clean_size(root)
    key = log_key()
    outside, _ = kept_checkpoints(key)
    report = verify(verifier_conninfo(), key=key, known=masters(), outside=outside, clean=clean)
    with scope(entities={root}):
        keep_verification(report, entity_id=root, actor=actor, began_at=began_at, at=timezone.now())
    return report.ok
