"""Region codes: what is in force, what was given up and what took its place."""

from __future__ import annotations

import re

import pytest

from guiju.kernel.identifiers import Invalid, regions


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("330106", "330106"),
        (" ３３０１０６ ", "330106"),
        ("441900", "441900"),
        ("460400", "460400"),
        ("710000", "710000"),
    ],
)
def test_a_county_or_a_city_without_counties_is_accepted(text: str, code: str) -> None:
    assert regions.check_county(text) == code


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("33010", "region_shape"),
        ("西湖区", "region_shape"),
        ("330199", "region_unknown"),
        ("330000", "region_too_coarse"),
        ("330100", "region_too_coarse"),
        ("110103", "region_abolished"),
        ("110100", "region_unknown"),
    ],
)
def test_anything_else_is_refused_with_its_reason(text: str, reason: str) -> None:
    with pytest.raises(Invalid) as refusal:
        regions.check_county(text)
    assert refusal.value.code == reason


@pytest.mark.parametrize(
    ("code", "year", "heirs"),
    [
        ("110103", 2010, ["110101"]),
        ("320504", 2012, ["320508"]),
        ("371202", 2018, ["370116"]),
        ("330103", 2021, ["330105"]),
        ("440102", 2005, ["440104"]),
        ("500105", 2025, ["500157"]),
        ("330125", 1994, ["330110"]),
    ],
)
def test_an_abolished_code_names_the_one_in_force(code: str, year: int, heirs: list[str]) -> None:
    assert regions.all_regions()[code].until == year
    assert regions.heirs_of(code) == heirs


def test_the_table_is_sound() -> None:
    """As many as the country has, and every way forward ends at a code in force."""
    known = regions.all_regions()
    in_force = [region for region in known.values() if region.is_in_force]
    assert len([region for region in in_force if region.code.endswith("0000")]) == 34
    assert 2840 <= len(regions.counties()) <= 2860
    assert len(known) - len(in_force) > 3000
    for region in known.values():
        assert re.fullmatch(r"[1-8][0-9]{5}", region.code)
        assert set(region.successors) <= set(known)
        assert not (region.is_in_force and region.successors)
        assert all(known[heir].is_in_force for heir in regions.heirs_of(region.code))


def test_a_place_is_found_by_any_part_of_its_full_name() -> None:
    # 东西湖区 as well: a part is a part.
    assert [region.code for region in regions.find_counties("西湖")] == ["330106", "360103", "420112"]
    assert [region.code for region in regions.find_counties("杭州 西湖")] == ["330106"]
    assert [region.code for region in regions.find_counties("3301", most=3)] == ["330102", "330105", "330106"]
    assert regions.find_counties("") == []


def test_names_read_from_province_to_county() -> None:
    assert regions.full_name("330106") == "浙江省 杭州市 西湖区"
    assert regions.full_name("110101") == "北京市 东城区"
    assert regions.full_name("441900") == "广东省 东莞市"
    assert regions.full_name("429004") == "湖北省 仙桃市"
    assert regions.province_of("510107") == "四川省"
