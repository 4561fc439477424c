"""All figures, in one run."""

from __future__ import annotations

import os
import platform

from benchmarks import access, customers, database, documents, evidence, notices, review


def main() -> None:
    print(f"Python {platform.python_version()}，{os.cpu_count()} 核\n\n== 审查 ==")
    review.report()
    print("\n== 数据库 ==")
    database.report()
    print("\n== 权限 ==")
    access.report()
    print("\n== 通知 ==")
    notices.report()
    print("\n== 文书 ==")
    documents.report()
    print("\n== 客户 ==")
    customers.report()
    print("\n== 存证 ==")
    evidence.report()


if __name__ == "__main__":
    main()
