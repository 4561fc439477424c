"""What isolation, evidence and the import cost, beside the bare database and the bare reader."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from uuid import uuid4

import openpyxl
import psycopg
from django.db import connection, connections
from tools import scratch

from benchmarks.timing import Pace, paces
from guiju.database.models import new_id
from guiju.database.scope import scope
from guiju.kernel.identifiers import unified_code
from guiju.organisations.models import Entity, Member
from guiju.organisations.selectors import acting, companies_for
from guiju.organisations.services import CompanyDetails, register_company
from guiju.organisations.services.company_import import (
    accept_company_import,
    preview_company_import,
    run_company_import,
)
from guiju.organisations.services.company_table import COLUMNS
from guiju.organisations.services.setup import Administrator, set_up
from guiju.web.tables import xlsx_bytes

AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
USUAL, MANY = 200, 20_000
"""Companies of a large group, and a hundred times as many."""

PASSWORD = "correct-horse-battery"


def report() -> None:
    scratch.start()
    scratch.fill()
    try:
        admin = _group()
        with acting(admin):
            for serial in range(1, USUAL):
                register_company(details=_details(serial, admin.entity), actor=admin, at=AT)
        _reads(admin)
        _writes(admin)
        _import(admin)
        _reads(admin)
    finally:
        connections.close_all()
        scratch.stop()


def _details(serial: int, parent: Entity | None) -> CompanyDetails:
    code = unified_code.make("330106", serial)
    return CompanyDetails(f"公司{code}", code, "330106", "food", date(2026, 1, 31), parent.pk if parent else None)


def _group() -> Member:
    people = [
        Administrator(role, user, user, PASSWORD)
        for role, user in (("system_admin", "a"), ("security_admin", "b"), ("audit_admin", "c"))
    ]
    group = set_up(instance=uuid4(), kind="production", group=_details(0, None), administrators=people, at=AT)
    with scope(entities={group.pk}, trees={group.pk}):
        return Member.objects.select_related("user", "entity").get(user__username="a")


def _import(admin: Member) -> None:
    """All the way in, with checks, gate and evidence, beside openpyxl merely reading the file."""
    serials = iter(range(1_000_000, 10_000_000))

    def file() -> bytes:
        rows = []
        for _ in range(MANY // 4):
            one = _details(next(serials), None)
            rows.append((one.unified_code, one.name, one.region, "食品", "2026-01-31", ""))
        return xlsx_bytes("公司", COLUMNS, rows)

    files = [file() for _ in range(4)]
    todo = iter(files)

    def ours() -> None:
        with acting(admin):
            found = preview_company_import(name="公司.xlsx", content=next(todo), actor=admin, at=AT)
            accept_company_import(found=found, mode="all_or_nothing", actor=admin)
            done = run_company_import(import_id=found.pk, actor=admin, at=AT)
            assert done.rows_taken == MANY // 4

    def bare() -> None:
        book = openpyxl.load_workbook(io.BytesIO(files[0]), read_only=True)
        for _ in book.worksheets[0].iter_rows(values_only=True):
            pass

    whole, reading = paces(
        Pace("导入公司：预览、核对、关口、登记、存证", ours, MANY // 4),
        Pace("openpyxl 只读同一文件", bare, MANY // 4),
        rounds=3,
    )
    print(f"{whole}\n{reading}\n导入 / 只读 = {whole.per_second / reading.per_second:.2f}\n")


def _reads(admin: Member) -> None:
    """A page of the list through selector and policies, beside the bare query of a superuser."""
    statement = (
        "SELECT id, parent_id, unified_code, name, region, sector, went_live_on, registered_at"
        " FROM organisations_entity ORDER BY unified_code LIMIT 50"
    )
    with psycopg.connect(scratch.database.conninfo("superuser")) as direct, acting(admin):

        def ours() -> None:
            for _ in range(200):
                list(companies_for(admin)[:50])

        def policies() -> None:
            with connection.cursor() as cursor:
                for _ in range(200):
                    cursor.execute(statement)
                    cursor.fetchall()

        def bare() -> None:
            for _ in range(200):
                direct.execute(statement, prepare=False).fetchall()

        whole, ruled, plain = paces(
            Pace("名录一页：选择器、对象、行级安全", ours, 200),
            Pace("同一查询，行级安全", policies, 200),
            Pace("同一查询，超级用户，没有行级安全", bare, 200),
        )
        print(f"名录共 {Entity.objects.count()} 家\n{whole}\n{ruled}\n{plain}")
        print(f"行级安全 / 没有 = {ruled.per_second / plain.per_second:.2f}\n")


def _writes(admin: Member) -> None:
    """Registering with lock, permission, gate, change and record, beside the bare INSERT."""
    serials = iter(range(50_000_000, 60_000_000))

    def ours() -> None:
        for _ in range(50):
            with acting(admin):
                register_company(details=_details(next(serials), admin.entity), actor=admin, at=AT)

    def bare() -> None:
        for _ in range(50):
            one = _details(next(serials), admin.entity)
            with acting(admin):
                Entity(
                    id=new_id(),
                    parent_id=one.parent_id,
                    unified_code=one.unified_code,
                    name=one.name,
                    region=one.region,
                    sector=one.sector,
                    went_live_on=one.went_live_on,
                    registered_at=AT,
                ).save(force_insert=True)

    whole, plain = paces(
        Pace("登记公司：锁、权限、关口、登记、存证", ours, 50), Pace("同样的事务里只写一行公司", bare, 50)
    )
    print(f"{whole}\n{plain}\n登记 / 只写一行 = {whole.per_second / plain.per_second:.2f}\n")
