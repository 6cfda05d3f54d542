"""The part of an address that names province, city, county, street and community: cut off, because the register knows it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

# Endings of names that contain the sign of a region without being one.
NOT_A_DISTRICT = "小社园校厂片库城景新山"
PARTS = (
    r"(?:[^\d省市区县]{2,6}(?:省|自治区|特别行政区))",
    r"(?:[^\d省市区县]{2,8}(?:自治州|地区|盟|市))",
    rf"(?:[^\d省市区县街]{{1,8}}(?:(?<![{NOT_A_DISTRICT}])区|县|自治县|旗|(?<!城)市))",
    r"(?:[^\d市区县路街道]{1,8}(?:街道(?:办事处)?|镇|(?<!新)乡))",
    r"(?:[^\d街道路]{0,10}(?:居委会|村委会|社区(?:居委会)?))",
)
PREFIX = re.compile("^" + "".join(f"{part}?" for part in PARTS))


def known_names(names: Iterable[str]) -> list[str]:
    """Names of the places around, longest first, each also without its last sign (六榕街道, 六榕街)."""
    found: set[str] = set()
    for name in names:
        if len(name) >= 2:
            found.add(name)
            if name.endswith("街道"):
                found.add(name[:-1])
    return sorted(found, key=len, reverse=True)


def strip(text: str, known: Sequence[str] = ()) -> tuple[str, str]:
    """(region, rest). Known names are taken first, then whatever has the form of one; a road is never eaten.

    "旧南海县社区六榕路12号" → ("旧南海县社区", "六榕路12号").
    """
    region, rest = "", text
    for _turn in range(6):
        name = next((name for name in known if rest.startswith(name)), "")
        if not name:
            break
        region, rest = region + name, rest[len(name) :]
    found = PREFIX.match(rest)
    if found and found.end():
        region, rest = region + found[0], rest[found.end() :]
    return region, rest
