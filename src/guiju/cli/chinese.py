"""The command line's own sentences in Chinese: click asks gettext for them."""

from __future__ import annotations

import gettext
import os
from pathlib import Path


def speak_chinese() -> None:
    """Use our catalogue; whoever has set LANGUAGE to something else keeps it."""
    gettext.bindtextdomain("guiju", str(Path(__file__).parent / "locale"))
    gettext.textdomain("guiju")
    os.environ.setdefault("LANGUAGE", "zh_CN")
