"""Whose rows are in sight during a piece of work (可见范围).

Two kinds of rows, because a group company may know its subsidiaries without handling their
customers (each legal person is its own handler, 个人信息保护法 第二十三条):

- structure (companies, departments, members): in sight below the companies in `trees`;
- business (everything else): in sight for the companies in `entities`, and no others.

A scope lives in a transaction: `set_config(…, true)` ends with it, so a pooled connection never
carries one over. Selectors call `require_scope`; the policies made in `policies.py` are the
second line and show nothing when no scope is set.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from uuid import UUID

from django.db import connection, transaction


class NoScope(RuntimeError):
    """A query was about to run without saying for whom: a fault in the program."""


@dataclass(frozen=True)
class Scope:
    """Companies whose business rows are in sight, roots of the trees whose structure is, and the
    user whose own memberships are."""

    entities: frozenset[UUID] = field(default_factory=frozenset)
    trees: frozenset[UUID] = field(default_factory=frozenset)
    user: UUID | None = None


_current: ContextVar[Scope | None] = ContextVar("guiju_scope", default=None)


@contextmanager
def scope(entities: Iterable[UUID] = (), *, trees: Iterable[UUID] = (), user: UUID | None = None) -> Iterator[Scope]:
    """Run a block in one transaction with these rows in sight; a nested scope replaces the outer."""
    with _entered(Scope(frozenset(entities), frozenset(trees), user)) as now:
        yield now


@contextmanager
def scope_with(*entities: UUID) -> Iterator[Scope]:
    """The current scope and the business rows of these companies as well."""
    now = require_scope()
    with _entered(replace(now, entities=now.entities | set(entities))) as wider:
        yield wider


@contextmanager
def scope_with_user(user: UUID) -> Iterator[Scope]:
    """The current scope, but with the memberships of this user instead of the signed-in one's."""
    with _entered(replace(require_scope(), user=user)) as other:
        yield other


def widen(*, entities: Iterable[UUID] = (), trees: Iterable[UUID] = ()) -> Scope:
    """Put more rows in sight until the block of the current scope ends, at the cost of one statement."""
    now = require_scope()
    wider = replace(now, entities=now.entities | set(entities), trees=now.trees | set(trees))
    if wider == now:
        return now
    _tell_database(wider)
    _current.set(wider)
    return wider


@contextmanager
def _entered(wanted: Scope) -> Iterator[Scope]:
    before = _current.get()
    is_whole = not connection.in_atomic_block
    with transaction.atomic():
        # Where nothing changes, the database has been told already: lists and services enter their own scope again.
        if is_whole or wanted != before:
            _tell_database(wanted)
        token = _current.set(wanted)
        try:
            yield wanted
        finally:
            last = _current.get()
            _current.reset(token)
        # The end of the transaction forgets the settings by itself, as does a roll-back to the savepoint.
        if not is_whole and last != before and not transaction.get_rollback():
            _tell_database(before or Scope())


def require_scope() -> Scope:
    """The scope of the current work; raises `NoScope` rather than answer with nothing."""
    now = _current.get()
    if now is None:
        raise NoScope("no scope is set: open one with guiju.database.scope.scope(…)")
    return now


def _tell_database(wanted: Scope) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('guiju.entities', %s, true), set_config('guiju.trees', %s, true),"
            " set_config('guiju.user', %s, true)",
            [_array(wanted.entities), _array(wanted.trees), str(wanted.user) if wanted.user else ""],
        )


def _array(ids: frozenset[UUID]) -> str:
    return "{" + ",".join(str(one) for one in sorted(ids)) + "}" if ids else ""
