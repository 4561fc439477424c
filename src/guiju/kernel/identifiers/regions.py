"""Region codes (行政区划代码, GB/T 2260): province, prefecture, county; today's and abolished ones.

`regions.tsv` beside this file lists code, name, first and last year of the yearly lists of the
Ministry of Civil Affairs (民政部 县以上行政区划代码), and the successor where it is known. Its
sources stand in `regions.md`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from guiju.kernel.identifiers.found import Invalid, plain


@dataclass(frozen=True)
class Region:
    """`until` is the first yearly list without the code, 0 while it is in force."""

    code: str
    name: str
    since: int
    until: int = 0
    successors: tuple[str, ...] = ()

    @property
    def is_in_force(self) -> bool:
        return self.until == 0


@cache
def all_regions() -> Mapping[str, Region]:
    """Every code that was ever in force, by code."""
    text = resources.files(__package__).joinpath("regions.tsv").read_text("utf-8")
    regions = {}
    for line in text.splitlines()[1:]:
        code, name, since, until, successor = line.split("\t")
        regions[code] = Region(code, name, int(since), int(until or 0), tuple(successor.split()))
    return regions


@cache
def _with_counties() -> frozenset[str]:
    """Prefectures that have counties; a few cities (东莞、中山、嘉峪关、儋州) have none."""
    return frozenset(code[:4] for code, region in all_regions().items() if region.is_in_force and code[4:] != "00")


def check_county(text: str) -> str:
    """The code of a county in force (or of a city without counties); raises `Invalid`."""
    code = plain(text)
    if len(code) != 6 or not code.isascii() or not code.isdigit():
        raise Invalid("region_shape", "区划代码应为6位数字（精确到县、区）")
    region = all_regions().get(code)
    if region is None:
        raise Invalid("region_unknown", f"没有 {code} 这个区划代码（GB/T 2260）")
    if not region.is_in_force:
        raise Invalid("region_abolished", f"区划代码 {code}（{region.name}）已撤销{_advice(region)}")
    if code[2:] == "0000" and code[:2] not in {"71", "81", "82"}:
        raise Invalid("region_too_coarse", f"{code} 是{region.name}的省级代码：请选到县、区")
    if code[4:] == "00" and code[:4] in _with_counties():
        raise Invalid("region_too_coarse", f"{code} 是{region.name}的地级代码：请选到县、区")
    return code


def _advice(region: Region) -> str:
    heirs = [f"{code}（{all_regions()[code].name}）" for code in _living_heirs(region.code)]
    when = f"（{region.until}年起不再列入）"
    return when + (f"，现用 {'或 '.join(heirs)}" if heirs else "，请按现行区划填写")


def _living_heirs(code: str, seen: frozenset[str] = frozenset()) -> list[str]:
    """Follow successors until codes that are in force."""
    heirs: list[str] = []
    for heir in all_regions()[code].successors:
        region = all_regions().get(heir)
        if region is None or heir in seen:
            continue
        heirs += [heir] if region.is_in_force else _living_heirs(heir, seen | {code})
    return list(dict.fromkeys(heirs))


def name_of(code: str) -> str:
    region = all_regions().get(code)
    return region.name if region else code


def province_of(code: str) -> str:
    """The province's name for any code below it."""
    return name_of(code[:2] + "0000")


def full_name(code: str) -> str:
    """From province to county, without repeating (北京市 东城区)."""
    names = [
        name_of(part) for part in dict.fromkeys((code[:2] + "0000", code[:4] + "00", code)) if part in all_regions()
    ]
    return " ".join(dict.fromkeys(names)) or code


def counties() -> list[Region]:
    """What `check_county` accepts, in order of code."""
    return [
        region
        for code, region in all_regions().items()
        if region.is_in_force and (code[4:] != "00" or code[:4] not in _with_counties()) and code[2:] != "0000"
    ] + [all_regions()[code] for code in ("710000", "810000", "820000") if code in all_regions()]
