"""What goes to outsiders with every bundle: programs that need nothing of ours (离线核对)."""

from __future__ import annotations

import json
from importlib.resources import files

from guiju.evidence.outside.verify import SAID

_HERE = files(__name__)


def program() -> bytes:
    """verify.py"""
    return (_HERE / "verify.py").read_bytes()


def page() -> bytes:
    """verify.html, which says the same words as verify.py."""
    words = json.dumps(SAID, ensure_ascii=False, indent=1)
    return (_HERE / "verify.html").read_text("utf-8").replace("/*SAID*/", f"const SAID = {words};").encode()


def readme() -> bytes:
    return (_HERE / "说明.txt").read_bytes()
