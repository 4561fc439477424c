"""Small files that are there whole or not at all, and are read by their owner only."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from guiju.database.embedded import private


def write_whole(path: Path, value: dict[str, Any], *, lasting: bool = True) -> None:
    """Write JSON; `lasting` waits for the disk, which what is written every two seconds need not."""
    scratch = path.with_name(f"{path.name}.making")
    try:
        with open(scratch, "w", encoding="utf-8", opener=private) as file:
            json.dump(value, file, ensure_ascii=False, indent=1)
            file.flush()
            if lasting:
                os.fsync(file.fileno())
        scratch.replace(path)
    except OSError:
        scratch.unlink(missing_ok=True)
        raise
