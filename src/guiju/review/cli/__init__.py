"""Reviewing on the command line, without database or sign-in: `guiju check`, `guiju rules`."""

from guiju.review.cli.check import check
from guiju.review.cli.rules import rules

__all__ = ["check", "rules"]
