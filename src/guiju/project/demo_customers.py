"""Customers of the demo: a notice for each company, some persons, some companies with their contacts (演示客户)."""

from __future__ import annotations

import io
import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from guiju.customers.services.contacts import add_contact
from guiju.customers.services.customers import add_customer
from guiju.customers.services.intake import How
from guiju.customers.services.notes import NoteDetails, add_note
from guiju.customers.services.pool import release_customer
from guiju.files.services.attachments import FileDetails, Upload, add_attachment
from guiju.files.services.checking import check_attachment
from guiju.organisations.models import Entity, Member
from guiju.organisations.selectors import acting
from guiju.privacy.guardians import Guardian
from guiju.privacy.services.consents import GivenConsent
from guiju.privacy.services.notices import publish_notice
from guiju.privacy.terms import Channel

SEED = 20261128
A_COMPANY = 12

_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨"
_GIVEN = ("小明", "丽", "建军", "芳", "秀英", "伟", "娜", "静", "磊", "洋", "艳", "勇", "杰", "敏")
_FIRMS = ("东方餐饮", "新城物业", "恒通物流", "绿源农业", "启明教育咨询", "瑞康诊所", "佳美装饰", "联创科技")
_CALLS = ("问了新品价格，下周再联系", "对上次的配送满意", "想要一份报价", "约了到店看样")
_FILES = (
    ("报价单.csv", "品名,规格,单价（元）\n蓝莓汁,1升,18.00\n年货礼盒,六件,268.00\n".encode()),
    (
        "签字页.gif",
        b"GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;",
    ),
)
_REGIONS = ("330106", "330110", "440106", "320106", "510107")


def load_customers(companies: Sequence[Entity], people: Sequence[Member], *, at: datetime) -> None:
    """Publish a notice in every company, and enter customers where somebody sells."""
    chance = random.Random(SEED)  # noqa: S311 -- invented people, no secrets
    officer = next(one for one in people if one.title == "数据专员")
    for number, company in enumerate(companies):
        with acting(officer):
            children = "客服中心主管" if company.sector == "education" else ""
            publish_notice(
                entity_id=company.pk,
                contact=f"400-800-{number:04d}，客服中心",
                children=children,
                stored_in="本公司在杭州的机房" if children else "",
                actor=officer,
                at=at - timedelta(days=400),
            )
        seller = next((one for one in people if one.entity_id == company.pk and one.title == "销售"), None)
        if seller is not None:
            _sell(chance, seller, at)
            if company.sector == "education":
                _teach(chance, seller, at)


def _sell(chance: random.Random, seller: Member, at: datetime) -> None:
    for number in range(A_COMPANY):
        day = at - timedelta(days=chance.randrange(1, 300), minutes=chance.randrange(600))
        values = {
            "name": chance.choice(_SURNAMES) + chance.choice(_GIVEN),
            "phone": _phone(chance),
            "level": chance.choice("abc"),
            "source": chance.choice(("walk_in", "referral", "online", "exhibition")),
            "region": chance.choice(_REGIONS),
        }
        consents: tuple[GivenConsent, ...] = ()
        if number % 3 == 0:
            consents = (GivenConsent("marketing", Channel.PAPER, f"会员登记表 {number + 1:04d}", day),)
        how = How(Channel.COUNTER, "门店登记", consents, is_stated_adult=True)
        with acting(seller):
            made = add_customer(kind="person", values=values, how=how, actor=seller, at=day, is_another=True)
            if number % 6 == 5:
                release_customer(customer_id=made.customer.pk, reason="换岗", actor=seller, at=at)
            else:
                details = NoteDetails(chance.choice(_CALLS), "call", day + timedelta(hours=1))
                add_note(customer_id=made.customer.pk, details=details, actor=seller, at=at)
                if number % 4 == 0:
                    _attach(made.customer.pk, seller, at)
    for firm in chance.sample(_FIRMS, 3):
        day = at - timedelta(days=chance.randrange(1, 300))
        with acting(seller):
            made = add_customer(
                kind="company",
                values={"name": f"{firm}有限公司", "level": chance.choice("ab"), "source": "exhibition"},
                how=How(Channel.COUNTER, "展会名片"),
                actor=seller,
                at=day,
            )
            add_contact(
                customer_id=made.customer.pk,
                values={"name": f"{chance.choice(_SURNAMES)}经理", "phone": _phone(chance), "position": "采购经理"},
                how=How(Channel.COUNTER, "展会名片"),
                actor=seller,
                at=day,
            )


_PUPILS = (("周小禾", 11), ("吴一诺", 16))


def _teach(chance: random.Random, seller: Member, at: datetime) -> None:
    """Pupils, for whom a parent has consented on paper: they show masked until the officer allows it."""
    day = at - timedelta(days=20)
    for number, (name, age) in enumerate(_PUPILS, start=1):
        proof = f"学员入学登记表 {number:04d}，监护人签字"
        mother = Guardian(f"{chance.choice(_SURNAMES)}敏", "母亲")
        consents = tuple(
            GivenConsent(purpose, Channel.PAPER, proof, day, guardian=mother) for purpose in ("sales", "service")
        )
        values = {"name": name, "phone": _phone(chance), "birthday": f"{at.year - age}-03-0{number}", "level": "b"}
        with acting(seller):
            how = How(Channel.COUNTER, "入学登记", consents)
            add_customer(kind="person", values=values, how=how, actor=seller, at=day, is_another=True)


def _attach(customer_id: UUID, seller: Member, at: datetime) -> None:
    """A quotation, and something that nobody has classified yet."""
    for name, content in _FILES:
        upload = Upload(name, io.BytesIO(content), len(content))
        made = add_attachment(
            owner_kind="customer",
            owner_id=customer_id,
            upload=upload,
            details=FileDetails(grade="general" if name.endswith("csv") else "unknown"),
            actor=seller,
            at=at,
        ).attachment
        check_attachment(attachment_id=made.pk, entity_id=made.entity_id, at=at)


def _phone(chance: random.Random) -> str:
    return f"1{chance.choice((38, 39, 58, 86))}0000{chance.randrange(10_000):04d}"
