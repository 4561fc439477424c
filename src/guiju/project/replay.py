"""Works on a database that is being restored (恢复的后半): a program of its own, with Django, for `project/restore.py`.

carry SINCE   writes what was decided since then, a line of JSON each
settle        reads the facts of the restore and those lines, and does what has to be done before anybody signs in
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import django

from guiju.database.embedded import die_with_parent
from guiju.kernel.errors import GuijuError

EXPECTED = 2
_MOMENTS = ("began_at", "until", "moment", "full_at", "newest_at")


def main() -> None:
    die_with_parent()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guiju.project.settings")
    django.setup()
    from guiju.project.prepare import migrate

    try:
        migrate()
        if sys.argv[1] == "carry":
            carry(datetime.fromisoformat(sys.argv[2]))
        else:
            settle()
    except GuijuError as error:
        print(error.sentence, file=sys.stderr)
        sys.exit(EXPECTED)


def carry(since: datetime) -> None:
    from guiju.safekeeping.selectors import carried_since, newest_signed
    from guiju.safekeeping.services.restorations import OVERLAP

    _say({"left": newest_signed()})
    for line in carried_since(since - OVERLAP):
        _say(line)


def settle() -> None:
    from guiju.organisations.selectors import is_set_up
    from guiju.safekeeping.services.restorations import Facts, settle_restored

    told: dict[str, Any] = json.loads(sys.stdin.readline())
    facts = Facts(**{name: _value(name, value) for name, value in told.items()})
    if not is_set_up():
        return _say({})
    made = settle_restored(facts=facts, carried=_lines(), at=datetime.now(UTC))
    _say(
        {
            "replayed": made.replayed,
            "uncertain": made.uncertain,
            "sessions": made.sessions,
            "tokens": made.tokens,
            "links": made.links,
        }
    )


def told_of(facts: dict[str, Any]) -> str:
    """The first line that `settle` reads."""
    return json.dumps(
        {name: value.isoformat() if isinstance(value, datetime) else value for name, value in facts.items()}
    )


def _value(name: str, value: Any) -> Any:
    return datetime.fromisoformat(value) if name in _MOMENTS and value else value


def _lines() -> Iterator[dict[str, Any]]:
    for line in sys.stdin:
        yield json.loads(line)


def _say(line: dict[str, Any]) -> None:
    sys.stdout.write(f"{json.dumps(line, ensure_ascii=False)}\n")


if __name__ == "__main__":
    main()
