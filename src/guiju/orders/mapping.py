"""Which column of a file is which field of a product or an order (列与字段的对应)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from guiju.kernel.errors import Refused


@dataclass(frozen=True)
class Column:
    """A field that a file may bring: how its column is usually called."""

    label: str
    also: tuple[str, ...] = ()
    is_needed: bool = False


PRODUCTS = {
    "code": Column("编码", ("产品编码", "商品编码", "产品编号", "商品编号", "编号", "货号", "sku"), is_needed=True),
    "name": Column("名称", ("产品名称", "商品名称", "服务名称", "品名", "产品", "商品"), is_needed=True),
    "kind": Column("类别", ("类型", "产品类别", "性质")),
    "sector": Column("行业", ("所属行业",)),
    "approval": Column(
        "批准文号或备案号", ("批准文号", "备案号", "批文", "注册证号", "批准文号/备案号", "文号", "批号")
    ),
    "unit": Column("单位", ("计量单位",)),
    "price": Column("标价（元）", ("标价", "单价", "价格", "售价", "零售价")),
}
ORDERS = {
    "number": Column("订单号", ("订单编号", "单号", "订单"), is_needed=True),
    "ordered_on": Column(
        "订单日期", ("日期", "下单日期", "下单时间", "订单时间", "购买日期", "成交日期"), is_needed=True
    ),
    "phone": Column("客户手机", ("手机", "手机号", "手机号码", "电话", "联系电话", "会员手机")),
    "customer": Column("客户名称", ("客户", "客户姓名", "姓名", "买家", "会员姓名", "单位名称", "公司名称")),
    "product": Column("产品编码", ("商品编码", "产品编号", "商品编号", "编码", "货号", "sku"), is_needed=True),
    "quantity": Column("数量", ("购买数量", "件数"), is_needed=True),
    "amount": Column("金额（元）", ("金额", "实付", "实付金额", "订单金额", "成交金额", "支付金额"), is_needed=True),
    "delivered_on": Column("交付日期", ("发货日期", "交货日期", "送达日期", "签收日期", "服务日期")),
    "returned_on": Column("退货日期", ("退货时间", "收到退货日期")),
    "returned_quantity": Column("退货数量", ("退回数量",)),
    "return_ground": Column("退货原因"),
    "refunded_on": Column("退款日期", ("退款时间",)),
    "refunded_amount": Column("退款金额（元）", ("退款金额", "退款")),
}
FIELDS: dict[str, Mapping[str, Column]] = {"products": PRODUCTS, "orders": ORDERS}
"""By kind of file; parts above add theirs."""
DAYS = ("ordered_on", "delivered_on", "returned_on", "refunded_on")
_ASIDE = re.compile(r"[\s*＊]|[（(](?:元|必填|选填|人民币)[）)]")


def propose(kind: str, titles: Sequence[str]) -> dict[str, str]:
    """Where each column goes by its title: the field, or nowhere; the first of two columns has it."""
    by_word: dict[str, str] = {}
    for code, column in FIELDS[kind].items():
        by_word |= {_plain(word): code for word in (*column.also, column.label)}
    mapping: dict[str, str] = {}
    for title in titles:
        code = by_word.get(_plain(title.rpartition("/")[2])) or by_word.get(_plain(title), "")
        mapping[title] = code if code not in mapping.values() else ""
    return mapping


def checked_mapping(kind: str, titles: Sequence[str], mapping: Mapping[str, str]) -> dict[str, str]:
    """The mapping with every title once; raises `Refused` for what isn't there, is taken, or lacks."""
    columns = FIELDS[kind]
    if unknown := mapping.keys() - set(titles):
        raise Refused("column_missing", f"文件里没有这些列：{'、'.join(sorted(unknown))[:100]}", field="mapping")
    wanted: dict[str, str] = {}
    for title in titles:
        code = mapping.get(title, "")
        if code and code not in columns:
            raise Refused("target_unknown", f"列“{title}”对应的字段不存在：{code[:40]}", field="mapping")
        if code and code in wanted.values():
            raise Refused("target_twice", f"有两列都对应了“{columns[code].label}”：请只留一列", field="mapping")
        wanted[title] = code
    lacking = [one.label for code, one in columns.items() if one.is_needed and code not in wanted.values()]
    if kind == "orders" and not {"phone", "customer"} & set(wanted.values()):
        lacking.append("客户手机或客户名称")
    if lacking:
        raise Refused(
            "columns_lacking", f"没有这些列：{'、'.join(lacking)}。请选择哪一列是它，或用模板填写", field="mapping"
        )
    return wanted


def _plain(title: str) -> str:
    return _ASIDE.sub("", title).lower()
