"""A million customers: taken in from a file beside a plain COPY of what was stored, and then looked at beside bare SQL.

Twelve fields, four of them sensitive, consents for each person, and one row in a hundred a duplicate. The
peer copies the same stored columns into tables with the same indexes on the same server.
"""

from __future__ import annotations

import csv
import json
import os
import random
import resource
import tempfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from time import perf_counter

import psycopg
from django.utils import timezone
from tools import scratch

from guiju.kernel.identifiers import identity_number
from guiju.organisations.models import Member

ROWS = int(os.environ.get("GUIJU_BENCH_CUSTOMERS", "1000000"))
TWINS_IN_A_HUNDRED = 1
TITLES = (
    *("姓名", "手机", "所在单位", "电子邮箱", "等级", "来源", "所在地区", "住址"),
    *("身份证号", "银行卡号", "健康与体质", "家庭收入"),
)
SENSITIVE = ("identity_number", "bank_card", "health")
WRITTEN = ("privacy_subject", "customers_customer", "privacy_consent", "evidence_revision")
"""Tables that grow with every row of the file."""


@dataclass(frozen=True)
class World:
    """Who takes the file in, and where its columns go."""

    sales: Member
    mapping: dict[str, object]


def report() -> None:
    scratch.start()
    scratch.fill()
    try:
        with tempfile.TemporaryDirectory(prefix="guiju-bench-") as folder:
            world = make_world()
            file = Path(folder) / "客户.csv"
            write_file(file, ROWS)
            _import(world, file)
        from benchmarks import customer_pages

        customer_pages.report(world.sales)
    finally:
        scratch.stop()


def make_world() -> World:
    """A company whose catalogue knows the twelve fields, four of them sensitive and in use, and whose notice tells of them."""
    from guiju.organisations.selectors import acting
    from guiju.organisations.tests.factories import join, make_group
    from guiju.privacy.services.catalogue import FieldDetails, activate_field, assess_field, propose_field
    from guiju.privacy.tests.factories import data_officer, publish
    from guiju.work.models import Approval
    from guiju.work.services.approvals import decide_approval

    group = make_group()
    now = timezone.now() - timedelta(days=1)
    officer = data_officer(group)
    approver = join(group.company_a, "legal", "fawu.a", group.system_admin, group.security_admin)
    answers = {
        "necessity": "办理业务必需，没有别的办法代替",
        "impact": "泄露会影响客户的人身财产安全",
        "measures": "加密保存，按角色脱敏，查看留痕",
    }
    with acting(officer):
        details = FieldDetails(
            "家庭收入", grade="sensitive", uses={"service": "consent"}, consent="separate", retention=36
        )
        income = propose_field(
            entity_id=officer.entity_id, record_kind="person", details=details, actor=officer, at=now
        )
    for code in (*SENSITIVE, income.code):
        with acting(officer):
            made = assess_field(
                entity_id=officer.entity_id, record_kind="person", code=code, actor=officer, at=now, **answers
            )
            asked = Approval.objects.get(subject_id=made.pk)
        with acting(approver):
            decide_approval(approval_id=asked.pk, allows=True, note="", actor=approver, at=now)
        with acting(officer):
            activate_field(entity_id=officer.entity_id, record_kind="person", code=code, actor=officer, at=now)
    publish(group, at=now)
    codes = ("name", "phone", "company", "email", "level", "source", "region", "address", *SENSITIVE, income.code)
    given = (timezone.now() - timedelta(hours=1)).isoformat()
    consents = [
        {"purpose": "orders", "given_at": given, "fields": ["person.identity_number", "person.bank_card"]},
        {"purpose": "service", "given_at": given, "fields": ["person.health", f"person.{income.code}"]},
    ]
    columns = dict(zip(TITLES, (f"person.{code}" for code in codes), strict=True))
    return World(group.sales_a, {"columns": columns, "consents": consents})


def write_file(path: Path, rows: int) -> None:
    """Invented people, the same for the same number of rows."""
    chance = random.Random(rows)
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(TITLES)
        writer.writerows(_person(chance, number) for number in range(rows))


_FAMILY, _GIVEN = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗", "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂"
_AREAS = ("330106", "110101", "310101", "440103", "510104")


def _person(chance: random.Random, number: int) -> list[str]:
    phone = number - 1 if number % (100 // TWINS_IN_A_HUNDRED) == 50 else number
    name = chance.choice(_FAMILY) + "".join(chance.choices(_GIVEN, k=2))
    born = f"{chance.randint(1950, 2000)}{chance.randint(1, 12):02}{chance.randint(1, 28):02}"
    area = chance.choice(_AREAS)
    return [
        name,
        f"13{phone:09}",
        f"{chance.choice(_GIVEN)}{chance.choice(_GIVEN)}商贸有限公司",
        f"kehu{number}@example.com",
        chance.choice("ABC"),
        chance.choice(("到店", "转介绍", "线上")),
        area,
        f"文三路{chance.randint(1, 999)}号{chance.randint(1, 40)}幢{chance.randint(101, 2903)}室",
        (first := f"{area}{born}{number % 1000:03}") + identity_number.check_character(first),
        _card(f"622202{number:012}"),
        chance.choice(("花生过敏", "青霉素过敏", "高血压", "无")),
        f"{chance.randint(5, 80)}万",
    ]


def _card(start: str) -> str:
    """With the last digit that the Luhn check asks for (GB/T 17552)."""
    doubled = (int(digit) * (2 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(start)))
    return start + str(-sum(one // 10 + one % 10 for one in doubled) % 10)


def _import(world: World, file: Path) -> None:
    from guiju.customers.loading import FileImport
    from guiju.organisations.selectors import acting
    from guiju.organisations.services.tokens import create_token

    with acting(world.sales):
        secret = create_token(member=world.sales, name="x", days=1, at=timezone.now())
    mapping = file.with_suffix(".json")
    mapping.write_text(json.dumps(world.mapping), "utf-8")
    began = perf_counter()
    code = world.sales.entity.unified_code
    told = FileImport(secret, code, file, "person", None, mapping, "会员登记表").run(dry_run=False)
    seconds = perf_counter() - began
    print(told["outcome"], told["held_back"], list(told["problems"].items())[:2])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"导入 {told['rows']:,} 行：{seconds:.1f} 秒，{told['rows'] / seconds:,.0f} 行/秒，内存最高 {peak:,.0f} MB")
    copied = {table: _copied(table) for table in WRITTEN}
    for table, (rows, took) in copied.items():
        print(f"COPY {table} {rows:,} 行：{took:.1f} 秒")
    own = copied["customers_customer"][1]
    print(
        f"导入 / 只 COPY 客户表 = {seconds / own:.1f}（要求不超过 6）；/ 全部四张表 = "
        f"{seconds / sum(took for _, took in copied.values()):.1f}"
    )


def _copied(table: str) -> tuple[int, float]:
    """Rows, and how long a plain COPY of them takes into a table with the same columns and indexes."""
    with (
        psycopg.connect(scratch.database.conninfo("superuser"), autocommit=True) as direct,
        tempfile.TemporaryFile() as kept,
    ):
        with direct.cursor() as cursor:
            with cursor.copy(f"COPY {table} TO STDOUT (FORMAT binary)") as out:
                for part in out:
                    kept.write(part)
            cursor.execute(f"CREATE TABLE bench_copy (LIKE {table} INCLUDING ALL)")
            kept.seek(0)
            began = perf_counter()
            with cursor.copy("COPY bench_copy FROM STDIN (FORMAT binary)") as into:
                while part := kept.read(1 << 20):
                    into.write(part)
            took = perf_counter() - began
            rows = cursor.rowcount
            cursor.execute("DROP TABLE bench_copy")
        return rows, took
