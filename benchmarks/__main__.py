"""All figures, in one run: each part in a process of its own, which leaves the next a clean machine."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from importlib import import_module

PARTS = {
    "审查": "review",
    "数据库": "database",
    "权限": "access",
    "通知": "notices",
    "文书": "documents",
    "客户": "customers",
    "投诉": "complaints",
    "存证": "evidence",
}


def main(wanted: list[str]) -> int:
    if unknown := [part for part in wanted if part not in PARTS]:
        print(f"没有“{unknown[0]}”这一部分：{'、'.join(PARTS)}", file=sys.stderr)
        return 2
    if len(wanted) == 1:
        import_module(f"benchmarks.{PARTS[wanted[0]]}").report()
        return 0
    print(f"Python {platform.python_version()}，{os.cpu_count()} 核")
    failed = 0
    for part in wanted or PARTS:
        print(f"\n== {part} ==", flush=True)
        failed |= subprocess.run([sys.executable, "-m", "benchmarks", part], check=False).returncode
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
