"""Products and services are entered, changed, taken off and put back (产品与服务)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from guiju.database.locks import hold
from guiju.database.models import new_id
from guiju.evidence.selectors import version_of
from guiju.evidence.services import Act, record
from guiju.kernel.cells import clean_text
from guiju.kernel.errors import Missing, Problem, Refused
from guiju.kernel.identifiers import Invalid
from guiju.kernel.sectors import sector_of
from guiju.orders.models import Product
from guiju.orders.values import money_problem
from guiju.organisations.models import Member
from guiju.organisations.permissions import require

LONGEST = {"code": 40, "name": 100, "approval": 60, "unit": 10}
LABELS = {"code": "编码", "name": "名称", "approval": "批准文号或备案号", "unit": "单位"}
NEEDED = ("code", "name")


@dataclass(frozen=True)
class ProductDetails:
    """What is known of a product; `sector` by its code or its Chinese name."""

    code: str
    name: str
    sector: str
    kind: str = Product.Kind.PRODUCT
    approval: str = ""
    unit: str = ""
    price: Decimal | None = None


def checked(details: ProductDetails) -> tuple[ProductDetails, list[Problem]]:
    """The details tidied, and everything that is wrong with them."""
    problems, texts = [], {}
    for name, most in LONGEST.items():
        try:
            texts[name] = clean_text(getattr(details, name), most=most)
        except Invalid as fault:
            problems.append(Problem(fault.code, f"{LABELS[name]}：{fault.sentence}", name))
            continue
        if name in NEEDED and not texts[name]:
            problems.append(Problem(f"{name}_empty", f"请填写{LABELS[name]}", name))
    if " " in texts.get("code", ""):
        problems.append(Problem("code_space", "编码里不能有空格", "code"))
    sector = sector_of(details.sector)
    if sector is None:
        problems.append(Problem("sector_unknown", f"没有“{details.sector[:20]}”这个行业", "sector"))
    if details.kind not in Product.Kind.values:
        problems.append(Problem("kind_unknown", "类别是“产品”或“服务”", "kind"))
    if details.price is not None and (problem := money_problem(details.price, "price", "标价", may_be_none=True)):
        problems.append(problem)
    tidy = replace(details, **texts)  # type: ignore[arg-type]  # all of them texts
    return replace(tidy, sector=sector.value if sector else details.sector), problems


def put(product: Product, details: ProductDetails) -> None:
    for name, value in vars(details).items():
        setattr(product, name, value)


@transaction.atomic
def add_product(*, details: ProductDetails, actor: Member, at: datetime) -> Product:
    """Enter a product or a service (登记产品)."""
    require(actor, "product.change", on=actor.entity_id)
    details, problems = checked(details)
    if problems:
        raise Refused.because(problems)
    lock_products(actor.entity_id)
    _refuse_twice(actor.entity_id, details.code)
    product = new_product(details, actor.entity_id, at)
    product.save(force_insert=True)
    record(Act("orders.add_product", actor, at), entity_id=product.entity_id, subject=product)
    return product


def new_product(details: ProductDetails, entity_id: UUID, at: datetime) -> Product:
    product = Product(id=new_id(), entity_id=entity_id, made_at=at, changed_at=at)
    put(product, details)
    return product


@transaction.atomic
def change_product(
    *, product_id: UUID, details: ProductDetails, actor: Member, at: datetime, seen: int | None = None
) -> Product:
    """Change what is known of a product (修改产品); `seen` is the version that the member had before them."""
    details, problems = checked(details)
    if problems:
        raise Refused.because(problems)
    lock_products(actor.entity_id)
    product = _locked(product_id, actor)
    if seen is not None and version_of(product) != seen:
        raise Refused("changed_meanwhile", "这个产品刚刚被别人改过：请刷新页面，看过新的内容再改")
    if details.code != product.code:
        _refuse_twice(product.entity_id, details.code)
    put(product, details)
    return _saved(product, Act("orders.change_product", actor, at))


@transaction.atomic
def end_product(*, product_id: UUID, actor: Member, at: datetime) -> Product:
    """Take a product off the list (下架产品): it takes no new orders, and stays with those that it has."""
    product = _locked(product_id, actor)
    if product.ended_at:
        raise Refused("product_ended", f"{product.name}已经下架")
    product.ended_at = at
    return _saved(product, Act("orders.end_product", actor, at))


@transaction.atomic
def resume_product(*, product_id: UUID, actor: Member, at: datetime) -> Product:
    """Put a product back on the list (重新上架)."""
    product = _locked(product_id, actor)
    if not product.ended_at:
        raise Refused("product_on_sale", f"{product.name}没有下架")
    product.ended_at = None
    return _saved(product, Act("orders.resume_product", actor, at))


def lock_products(entity_id: UUID) -> None:
    """One after the other in a company, so that a code isn't given twice."""
    hold(f"orders.products/{entity_id}", seconds=30, busy="产品正在被别人导入：请过一会儿再试")


def _refuse_twice(entity_id: UUID, code: str) -> None:
    found = Product.objects.filter(entity_id=entity_id, code=code).first()
    if found is not None:
        off = "（已下架，可以重新上架）" if found.ended_at else ""
        raise Refused("product_twice", f"编码 {code} 已经是{found.name}{off}", field="code")


def _locked(product_id: UUID, actor: Member) -> Product:
    require(actor, "product.change", on=actor.entity_id)
    found = Product.objects.select_for_update(of=("self",)).filter(pk=product_id, entity_id=actor.entity_id).first()
    if found is None:
        raise Missing("product_missing", "没有这个产品或服务，或您的角色看不到它")
    return found


def _saved(product: Product, act: Act) -> Product:
    product.changed_at = act.at
    product.save()
    record(act, entity_id=product.entity_id, subject=product)
    return product
