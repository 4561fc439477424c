"""Products and orders over HTTP; the same services and selectors as the pages. Amounts are texts, never floats."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from django.utils import timezone
from ninja import Field, Query, Router, Schema, Status

from guiju.api.errors import ANSWERS
from guiju.api.paging import PageIn
from guiju.kernel.errors import Refused
from guiju.kernel.identifiers import Invalid
from guiju.orders.models import Product
from guiju.orders.selectors.orders import Line, OrderFilter, reading_orders
from guiju.orders.selectors.products import ProductFilter, product_for, products_for
from guiju.orders.services.orders import OrderDetails
from guiju.orders.services.orders import add_order as add_order_service
from guiju.orders.services.products import ProductDetails
from guiju.orders.services.products import add_product as add_product_service
from guiju.orders.values import money_of, plain, quantity_of
from guiju.organisations.signin import MemberRequest

router = Router(tags=["产品与订单"])

_NUMBER = "写成文本，例如 1234.50"


class ProductIn(Schema):
    """A product or a service of the token's company."""

    code: Annotated[str, Field(max_length=400, description="编码，本公司内不重复")]
    name: Annotated[str, Field(max_length=400)]
    kind: Annotated[str, Field(max_length=10, description="product 产品，service 服务")] = "product"
    sector: Annotated[str, Field(max_length=50, description="行业；不填为本公司的")] = ""
    approval: Annotated[str, Field(max_length=400, description="批准文号或备案号")] = ""
    unit: Annotated[str, Field(max_length=50)] = ""
    price: Annotated[str, Field(max_length=50, description=f"标价，元；{_NUMBER}")] = ""


class ProductOut(Schema):
    id: UUID
    code: str
    name: str
    kind: str
    sector: str
    approval: str
    unit: str
    price: str
    made_at: datetime
    ended_at: datetime | None

    @staticmethod
    def resolve_price(product: Product) -> str:
        return plain(product.price)


class ProductsOut(Schema):
    count: int
    items: list[ProductOut]


class ProductQuery(PageIn):
    search: Annotated[str, Field(max_length=200, description="编码、名称或文号的一部分")] = ""
    kind: Annotated[str, Field(max_length=10)] = ""
    sector: Annotated[str, Field(max_length=50)] = ""
    state: Annotated[str, Field(max_length=10, description="sale 在售，ended 已下架")] = ""


class OrderIn(Schema):
    """An order: one product of one customer."""

    customer_id: UUID
    product_id: UUID
    ordered_on: date
    quantity: Annotated[str, Field(max_length=50, description=_NUMBER)]
    amount: Annotated[str, Field(max_length=50, description=f"整笔的金额，元；{_NUMBER}")]
    number: Annotated[str, Field(max_length=400, description="订单号；不填就自动编号")] = ""
    delivered_on: date | None = None


class OrderOut(Schema):
    """An order; of the customer only as much as the member may see."""

    id: UUID
    entity_id: UUID
    number: str
    state: str
    customer_id: UUID | None
    customer: str
    product_id: UUID
    product: str
    ordered_on: date
    quantity: str
    amount: str
    delivered_on: date | None
    returned_on: date | None
    returned_quantity: str
    return_ground: str
    refunded_on: date | None
    refunded_amount: str


class OrdersOut(Schema):
    count: int
    items: list[OrderOut]


class OrderQuery(PageIn):
    search: Annotated[str, Field(max_length=200, description="订单号、产品，或客户的名称、手机")] = ""
    state: Annotated[str, Field(max_length=10, description="open、delivered、returned、refunded 或 void")] = ""
    customer: Annotated[str, Field(max_length=40, description="客户的 id")] = ""
    product: Annotated[str, Field(max_length=40, description="产品的 id")] = ""
    since: Annotated[str, Field(max_length=10, description="自，订单日期")] = ""
    until: Annotated[str, Field(max_length=10, description="至，订单日期")] = ""


def _read(text: str, reader: Callable[[str], Decimal], name: str) -> Decimal:
    try:
        return reader(text)
    except Invalid as fault:
        raise Refused(fault.code, fault.sentence, field=name) from None


def _out(line: Line) -> dict[str, Any]:
    order = line.order
    same = ("id", "entity_id", "number", "state", "product_id", "return_ground")
    days = ("ordered_on", "delivered_on", "returned_on", "refunded_on")
    numbers = ("quantity", "amount", "returned_quantity", "refunded_amount")
    return {
        **{name: getattr(order, name) for name in (*same, *days)},
        **{name: plain(getattr(order, name)) for name in numbers},
        "customer_id": order.customer_id if line.may_open else None,
        "customer": line.customer,
        "product": order.product.name,
    }


@router.get("/products", response={200: ProductsOut, **ANSWERS}, operation_id="products")
def products(request: MemberRequest, wanted: Query[ProductQuery]) -> dict[str, Any]:
    """产品与服务：令牌所属公司的，按编码排列。"""
    asked = ProductFilter(wanted.search, wanted.kind, wanted.sector, wanted.state)
    found = asked.of(products_for(request.member))
    return {"count": found.count(), "items": list(found[wanted.offset : wanted.offset + wanted.limit])}


@router.post("/products", response={201: ProductOut, **ANSWERS}, operation_id="add_product")
def add_product(request: MemberRequest, details: ProductIn) -> Status[Product]:
    """登记产品或服务。"""
    values = details.dict()
    values["price"] = _read(details.price, money_of, "price") if details.price.strip() else None
    values["sector"] = details.sector or request.member.entity.sector
    made = add_product_service(details=ProductDetails(**values), actor=request.member, at=timezone.now())
    return Status(201, made)


@router.get("/products/{product_id}", response={200: ProductOut, **ANSWERS}, operation_id="product")
def product(request: MemberRequest, product_id: UUID) -> Product:
    """一个产品或服务。"""
    return product_for(request.member, product_id)


@router.get("/orders", response={200: OrdersOut, **ANSWERS}, operation_id="orders")
def orders(request: MemberRequest, wanted: Query[OrderQuery]) -> dict[str, Any]:
    """订单：令牌所属成员看得到的，日期新的在前。"""
    asked = OrderFilter(wanted.search, wanted.state, wanted.customer, wanted.product, wanted.since, wanted.until)
    with reading_orders(request.member, on=timezone.localdate()) as seen:
        found = asked.of(seen.orders(), seen)
        rows = list(found[wanted.offset : wanted.offset + wanted.limit])
        return {"count": found.count(), "items": [_out(line) for line in seen.lines(rows)]}


@router.post("/orders", response={201: OrderOut, **ANSWERS}, operation_id="add_order")
def add_order(request: MemberRequest, details: OrderIn) -> Status[dict[str, Any]]:
    """登记订单。"""
    made = add_order_service(
        customer_id=details.customer_id,
        details=OrderDetails(
            details.product_id,
            details.ordered_on,
            _read(details.quantity, quantity_of, "quantity"),
            _read(details.amount, money_of, "amount"),
            details.number,
            details.delivered_on,
        ),
        actor=request.member,
        at=timezone.now(),
    )
    with reading_orders(request.member, on=timezone.localdate(), right="order.add") as seen:
        return Status(201, _out(seen.lines([made])[0]))


@router.get("/orders/{order_id}", response={200: OrderOut, **ANSWERS}, operation_id="order")
def order(request: MemberRequest, order_id: UUID) -> dict[str, Any]:
    """一笔订单。"""
    with reading_orders(request.member, on=timezone.localdate()) as seen:
        return _out(seen.lines([seen.order(order_id)])[0])
