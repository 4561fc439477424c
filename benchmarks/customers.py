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

from benchmarks import customer_pages, review
from guiju.customers.exports import CustomerTable
from guiju.customers.loading import FileImport
from guiju.customers.mapping import propose
from guiju.customers.selectors.reading import reading
from guiju.customers.services.customer_import import fields_for
from guiju.kernel.identifiers import identity_number
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.services.tokens import create_token
from guiju.organisations.tests.factories import join, make_group
from guiju.privacy.services.catalogue import FieldDetails, activate_field, assess_field, propose_field
from guiju.privacy.tests.factories import data_officer, publish
from guiju.web.tables import write_table
from guiju.work.models import Approval
from guiju.work.services.approvals import decide_approval

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
    """Who takes the file in, and where its columns go; `beside` is of a company that has taken no sensitive field into use."""

    sales: Member
    beside: Member
    mapping: dict[str, object]


def report() -> None:
    scratch.start()
    scratch.fill()
    try:
        with tempfile.TemporaryDirectory(prefix="guiju-bench-") as folder:
            world = make_world()
            _columns(world)
            file = Path(folder) / "客户.csv"
            write_file(file, ROWS)
            _import(world, file)
            _workbook(world, Path(folder) / "客户.xlsx")
            _export(world, Path(folder) / "导出.csv")
        customer_pages.report(world.sales)
    finally:
        scratch.stop()


def make_world() -> World:
    """A company whose catalogue knows the twelve fields, four of them sensitive and in use, and whose notice tells of them."""

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
    return World(group.sales_a, group.sales_b, {"columns": columns, "consents": consents})


def _columns(world: World) -> None:
    """Titles of real tables, offered for import: what looks sensitive goes nowhere until it is classified.

    Offered by what its owners call a column, and by its bare name in the database, which often says nothing.
    """
    if not review.FOLDER.is_dir():
        print("没有真实表结构（GUIJU_CASES），这一项没有量")
        return
    lines = (review.FOLDER / "columns.jsonl").read_text("utf-8").splitlines()
    sensitive = [one for one in map(json.loads, lines) if one["sensitive"]]
    with acting(world.beside):
        fields = fields_for("person", world.beside.entity_id)
        for name, title in (
            ("列名加注释", "{comment}（{column}）"),
            ("只有注释", "{comment}"),
            ("只有列名", "{column}"),
        ):
            titles = [title.format(**one) for one in sensitive if one["comment"] or "column" in title]
            plans = [propose([(0, one)], {}, fields, on=timezone.localdate())[0] for one in titles]
            held = sum(not plan.target for plan in plans)
            told = sum(plan.is_sensitive and bool(plan.why) for plan in plans)
            print(f"敏感列，{name}：{len(plans)} 列，{held} 列不导入，其中 {told} 列说明是敏感个人信息")


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
    # A thousand people share a place and a day of birth, each with a number of their own.
    day, place = divmod(number // 1000 * 7919 % (51 * 12 * 28 * len(_AREAS)), len(_AREAS))
    born, area = f"{1950 + day // 336}{1 + day // 28 % 12:02}{1 + day % 28:02}", _AREAS[place]
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


def _take_in(world: World, file: Path) -> tuple[int, float]:
    """Rows, and seconds, from the file to the last commit."""
    with acting(world.sales):
        secret = create_token(member=world.sales, name="x", days=1, at=timezone.now())
    mapping = file.with_suffix(".json")
    mapping.write_text(json.dumps(world.mapping), "utf-8")
    began = perf_counter()
    code = world.sales.entity.unified_code
    told = FileImport(secret, code, file, "person", None, mapping, "会员登记表").run(dry_run=False)
    seconds = perf_counter() - began
    assert told["cells_refused"] == told["rows"] - told["taken"] == told["rows"] * TWINS_IN_A_HUNDRED // 100, told
    return told["rows"], seconds


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _import(world: World, file: Path) -> None:
    rows, seconds = _take_in(world, file)
    print(
        f"导入 csv {rows:,} 行：{seconds:.1f} 秒，{rows / seconds:,.0f} 行/秒，内存最高 {_peak():,.0f} MB（要求不超过 1,024）"
    )
    copied = {table: _copied(table) for table in WRITTEN}
    for table, (count, took) in copied.items():
        print(f"COPY {table} {count:,} 行：{took:.1f} 秒")
    every = sum(took for _, took in copied.values())
    print(
        f"导入 / COPY 所存的全部列 = {seconds / every:.1f}（要求不超过 6）；"
        f"/ 只 COPY 客户表 = {seconds / copied['customers_customer'][1]:.1f}"
    )


def _workbook(world: World, file: Path) -> None:
    chance, rows = random.Random(1), ROWS // 10
    people = (_person(chance, number) for number in range(500_000_000, 500_000_000 + rows))
    write_table(file, "客户", TITLES, people, mark="测量用")
    count, seconds = _take_in(world, file)
    print(f"导入 xlsx {count:,} 行：{seconds:.1f} 秒，{count / seconds:,.0f} 行/秒，内存最高 {_peak():,.0f} MB")


def _export(world: World, file: Path) -> None:
    before, began = _peak(), perf_counter()
    with acting(world.sales), reading(world.sales, purpose="sales", on=timezone.localdate()) as seen:
        table = CustomerTable(seen, seen.customers())
        write_table(file, "客户", table.header, table, mark="测量用")
    seconds, lines = perf_counter() - began, sum(1 for _ in file.open(encoding="utf-8-sig")) - 1
    print(f"导出 {lines:,} 行：{seconds:.1f} 秒，{lines / seconds:,.0f} 行/秒，内存增加 {_peak() - before:,.0f} MB")


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
