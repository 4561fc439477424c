"""Compiles the anchoring contract into what the product carries: its interface and its code."""

from __future__ import annotations

import json
from pathlib import Path

from vyper import compile_code
from vyper.compiler.settings import Settings

SOURCE = Path(__file__).resolve().parents[1] / "src" / "guiju" / "evidence" / "anchors" / "Anchor.vy"
COMPILED = SOURCE.with_name("anchor.json")
EVM = "london"
"""Old enough for the chains of consortia, which lag behind."""


def compiled() -> str:
    made = compile_code(
        SOURCE.read_text("utf-8"), output_formats=["abi", "bytecode"], settings=Settings(evm_version=EVM)
    )
    return json.dumps({"evm": EVM, "abi": made["abi"], "bytecode": made["bytecode"]}, indent=1) + "\n"


if __name__ == "__main__":
    COMPILED.write_text(compiled(), "utf-8")
