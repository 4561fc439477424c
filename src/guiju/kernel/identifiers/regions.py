"""Region codes (行政区划代码, GB/T 2260): province, prefecture, county; today's and abolished ones.

`regions.tsv` beside this file lists code, name, the year in which a code was given up, and its
successors where they are known (民政部 县级以上行政区划变更情况). Its sources stand in `regions.md`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import islice

from guiju.kernel.identifiers.found import Invalid, plain

_WITHOUT_COUNTIES = frozenset({"71", "81", "82"})
"""台湾、香港、澳门: the standard gives them a code and their districts none."""


@dataclass(frozen=True)
class Region:
    """`until` is the year in which the code was given up, 0 while it is in force."""

    code: str
    name: str
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
        code, name, until, successors = line.split("\t")
        regions[code] = Region(code, name, int(until or 0), tuple(successors.split()))
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
    if not _is_fine_enough(code):
        raise Invalid("region_too_coarse", f"{code} 是{region.name}的代码：请选到县、区")
    return code


def _is_fine_enough(code: str) -> bool:
    if code[2:] == "0000":
        return code[:2] in _WITHOUT_COUNTIES
    return code[4:] != "00" or code[:4] not in _with_counties()


def _advice(region: Region) -> str:
    heirs = [f"{code}（{all_regions()[code].name}）" for code in heirs_of(region.code)]
    return f"（{region.until}年）" + (f"，现用 {'或 '.join(heirs)}" if heirs else "，请按现行区划填写")


def heirs_of(code: str) -> list[str]:
    """The codes in force that took the place of an abolished one, however many steps away."""
    heirs: list[str] = []
    seen: set[str] = set()

    def follow(one: str) -> None:
        for heir in all_regions()[one].successors:
            if heir in seen:
                continue
            seen.add(heir)
            if all_regions()[heir].is_in_force:
                heirs.append(heir)
            else:
                follow(heir)

    follow(code)
    return heirs


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


@cache
def counties() -> tuple[Region, ...]:
    """What `check_county` accepts, in order of code."""
    return tuple(region for region in all_regions().values() if region.is_in_force and _is_fine_enough(region.code))


def find_counties(words: str, *, most: int = 20) -> list[Region]:
    """Counties whose code or full name has all the words (西湖, 杭州 西湖, 3301), in order of code."""
    wanted = words.replace("　", " ").split()
    if not wanted:
        return []
    return list(
        islice((one for one in counties() if all(word in f"{one.code} {full_name(one.code)}" for word in wanted)), most)
    )
