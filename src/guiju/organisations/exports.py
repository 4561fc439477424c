"""The list of companies as a table."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import QuerySet

from guiju.kernel.identifiers import regions
from guiju.organisations.models import Entity, Sector

COLUMNS = ("统一社会信用代码", "公司名称", "区划代码", "住所地", "行业", "系统上线日期", "上级公司代码")


def export_rows(companies: QuerySet[Entity]) -> Iterator[tuple[str, ...]]:
    """One tuple for each company, in the order of the list; read at once, inside the scope."""
    labels = dict(Sector.choices)
    fields = ("unified_code", "name", "region", "sector", "went_live_on", "parent__unified_code")
    rows = list(companies.values_list(*fields))
    return (
        (code, name, region, regions.full_name(region), labels[sector], str(day), parent or "")
        for code, name, region, sector, day, parent in rows
    )
