"""Kinds of contracts with consumers (合同类型), for the parts that each must have."""

from __future__ import annotations

from enum import StrEnum


class ContractType(StrEnum):
    SALE = "sale"
    SERVICE = "service"
    PREPAID = "prepaid"
    DECORATION = "decoration"
    TRAINING = "training"
    MEDICAL_BEAUTY = "medical_beauty"
    FINANCE = "finance"


LABELS = {
    ContractType.SALE: "商品买卖",
    ContractType.SERVICE: "服务",
    ContractType.PREPAID: "预付卡",
    ContractType.DECORATION: "装饰装修",
    ContractType.TRAINING: "培训",
    ContractType.MEDICAL_BEAUTY: "医疗美容",
    ContractType.FINANCE: "金融",
}
CHOICES = [(kind.value, label) for kind, label in LABELS.items()]


def contract_type_of(named: str) -> str | None:
    """The type by its code or its Chinese name."""
    wanted = named.strip().lower()
    return next((kind.value for kind, label in LABELS.items() if wanted in {kind.value, label}), None)
