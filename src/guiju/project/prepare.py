"""Brings the database of a data folder up to this program: tables, roles, demo, static files.

Run as a program of its own by `guiju up` and `guiju setup`, so that the process that supervises
stays small. Ends with 0, or with 2 after one sentence on standard error.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import django
from django.apps import apps
from django.core.management import call_command
from django.db import IntegrityError, OperationalError, connections
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Count

from guiju import __version__
from guiju.evidence.grants import let_verifier_read
from guiju.kernel.errors import GuijuError, Refused, reason_of
from guiju.project.first_schema import make_tables
from guiju.project.folder import DataFolder


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guiju.project.settings")
    django.setup()
    from django.conf import settings

    folder: DataFolder | None = settings.GUIJU_FOLDER
    if folder is None:
        sys.exit(_told("没有数据文件夹：请用 guiju up 启动"))
    try:
        prepare(folder)
    except GuijuError as error:
        sys.exit(_told(error.sentence))
    except OperationalError as failure:
        full = "No space left" in str(failure)
        reason = "磁盘已满，数据库写不下" if full else f"数据库没有应答（{str(failure).strip().splitlines()[0]}）"
        sys.exit(_told(reason))
    except OSError as failure:
        sys.exit(_told(f"写不了文件 {failure.filename or folder.path}：{reason_of(failure)}"))


def _told(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 2


def prepare(folder: DataFolder) -> None:
    migrate()
    _same_installation(folder)
    if folder.is_demo:
        from guiju.project.demo import load_demo

        load_demo(folder, at=datetime.now(UTC))
        _keep_demo_backups(folder)
    _install_roles()
    _collect_static(folder)


def _keep_demo_backups(folder: DataFolder) -> None:
    """The demo shows backups too, on the same disk: of use for looking only."""
    from guiju.backups.standing import read_decided
    from guiju.project.recovery_sheets import decide_target, print_recovery_sheets

    decided = read_decided(folder.path)
    if decided is None:
        print_recovery_sheets(folder, account="", reason="演示数据重新建立", at=datetime.now(UTC))
    if decided is None or not decided.where:
        decide_target(folder, str(folder.path / "backups"))


def _install_roles() -> None:
    """The ready-made roles of this program; before the set-up there is no company whose log could hold them."""
    from guiju.database.scope import scope
    from guiju.organisations.permissions import group_root
    from guiju.organisations.services.roles import install_roles

    root = group_root()
    if root is not None:
        with scope(entities={root}):
            install_roles(root=root, at=datetime.now(UTC))


def migrate() -> None:
    """Run what is new as the owner of the tables; a database of a newer program is refused."""
    executor = MigrationExecutor(connections["owner"])
    known = set(executor.loader.disk_migrations)
    ours = {config.label for config in apps.get_app_configs()}
    newer = sorted(key for key in executor.loader.applied_migrations if key[0] in ours and key not in known)
    if newer:
        raise Refused(
            "database_newer",
            f"数据库由更新的版本建立（{newer[0][0]}.{newer[0][1]} 等{len(newer)}项），本程序 {__version__} 读不了：请先升级规矩",
        )
    if not make_tables(executor) and executor.migration_plan(executor.loader.graph.leaf_nodes()):
        try:
            call_command("migrate", database="owner", verbosity=0, interactive=False)
        except IntegrityError as failure:
            raise (to_mend_before(failure) or failure) from None
    let_verifier_read(connections["owner"])
    connections["owner"].close()


def to_mend_before(failure: IntegrityError) -> Refused | None:
    """What to do where rows of the version before stand in the way of a migration; it names them by their ids only.

    The database itself says of no row which one it is: the rows are in nobody's sight.
    """
    told = getattr(failure.__cause__, "diag", None)
    if told is None or told.constraint_name != "lead_open_once":
        return None
    some = "、".join(str(pk) for pk in _with_two_open_leads())
    return Refused(
        "mend_before",
        f"有客户同时有两条待确认的线索，不能升级（客户的编号：{some}）：请用升级以前的版本打开 /customers/编号/ 看是谁，"
        "在“商机 → 线索”里把其中一条改为“不再跟进”，再升级",
    )


def _with_two_open_leads() -> list[UUID]:
    from guiju.database.scope import scope
    from guiju.organisations.models import EntityPath
    from guiju.sales.models import Lead

    companies = set(EntityPath.objects.values_list("descendant_id", flat=True))
    with scope(entities=companies):
        found = Lead.objects.filter(state=Lead.State.OPEN).order_by().values("entity_id", "customer_id")
        return list(found.annotate(count=Count("pk")).filter(count__gt=1).values_list("customer_id", flat=True)[:20])


def _same_installation(folder: DataFolder) -> None:
    from guiju.organisations.selectors import installation

    known = installation()
    if known is not None and (str(known.instance) != folder.instance or known.kind != folder.kind):
        what = "演示" if known.kind == "demo" else "正式"
        raise Refused(
            "other_installation",
            f"数据库属于另一套{what}安装（{known.instance}）：请用它的数据文件夹，或换一个空数据库",
        )


def _collect_static(folder: DataFolder) -> None:
    """Once for each version (in a checkout: whenever a file is newer)."""
    source = Path(__file__).resolve().parents[1]
    newest = max(path.stat().st_mtime_ns for path in source.glob("web/static/**/*") if path.is_file())
    wanted = f"{__version__} {newest}"
    mark = folder.path / "static" / "version"
    if not mark.exists() or mark.read_text() != wanted:
        call_command("collectstatic", verbosity=0, interactive=False, clear=True)
        mark.write_text(wanted)


if __name__ == "__main__":
    main()
