"""All figures, in one run."""

from __future__ import annotations

import os
import platform

from benchmarks import ads, database


def main() -> None:
    print(f"Python {platform.python_version()}，{os.cpu_count()} 核\n\n== 广告审查 ==")
    ads.report()
    print("\n== 数据库 ==")
    database.report()


if __name__ == "__main__":
    main()
