"""Names that no real place or person bears, yet read naturally.

Places join two characters of a sea-and-mist set; no pair names a street or community of the 2023 national
list (a test looks). People: every family name is a nature word outside the common surnames, so that a list
of residents cannot be mistaken for real ones; the given name is one or two characters of a further set.
"""

from __future__ import annotations

import numpy as np

from geodata.sample.cuts import AVENUE, LANE, MAIN, RIVER, STREET
from geodata.sample.randomness import DEFAULT_SEED, generator

_FIRST = "汐砚鹭榭岚霁蘅筠漪笙黛栩翊珩璟澜霭苔鸢沁湄浔瀛溟珞瑾琅茗蔚"
_SECOND = "屿汀渚笙湄礁澜浔霁陌榭砚岫漪"
FAMILY = "汐霁岚澜砚霭汀渚苔藤鹭鸢鲸溟漪湄岫樟杉榆桦萤萍莲荷菱露霜雾虹霞溪泉瀑礁屿滩湾浪潮"
GIVEN = "安禾舟遥望川知远小满青田木白初晴北辰见山听雨向阳可念一帆星朗清和景行书言子墨念慈若谷含章思齐维桢"

_ROAD_SUFFIX = {AVENUE: "大道", MAIN: "路", STREET: "街", LANE: "巷", RIVER: "江"}
_ESTATE_SUFFIX = ("花园", "小区", "苑", "新村", "家园", "公寓", "雅居", "里")
_TOWER_SUFFIX = ("府", "公馆", "城", "国际", "尊邸", "天境", "湾")
_SHOPS = {
    "retail": ["便利店", "水果店", "五金店", "文具店", "干货行", "花店", "眼镜店", "小超市"],
    "catering": ["小馆", "面馆", "粥铺", "茶饮", "烘焙坊", "早点铺"],
    "service": ["理发店", "洗衣店", "维修部", "房产中介"],
    "pharmacy": ["药房"],
    "logistics": ["快递驿站"],
}
_FIRMS = {
    "company": ["网络科技", "贸易", "文化传播", "建筑装饰", "物流", "会计咨询", "环境工程", "医疗器械"],
    "training": ["教育培训"],
}
_SHOP_WORDS = [(word, kind) for kind, words in _SHOPS.items() for word in words]
_FIRM_WORDS = [(word + "有限公司", kind) for kind, words in _FIRMS.items() for word in words]


def _pairs() -> tuple[str, ...]:
    """All two-character place stems in one fixed shuffled order."""
    pairs = np.array([a + b for a in _FIRST for b in _SECOND if a != b])
    return tuple(generator(DEFAULT_SEED, "place stems").permutation(pairs).tolist())


STEMS = _pairs()


def street_name(index: int) -> str:
    """Name of street number `index` of the whole sample; distinct for the first 200."""
    return STEMS[index] + "街道"


def community_name(street: int, community: int) -> str:
    """Name of a community; distinct within a street, never that of a street."""
    return STEMS[200 + (street * 37 + community * 11) % (len(STEMS) - 200)] + "社区"


def road_name(kind: str, key: tuple[int, ...]) -> str:
    """Name of a road by its kind and key (main lines keep one name across streets)."""
    stem = STEMS[int(generator(DEFAULT_SEED, "road", *key).integers(len(STEMS)))]
    return stem + _ROAD_SUFFIX[kind]


def estate_name(street: int, cell: int, *, towers: bool) -> str:
    """Name of a compound (小区)."""
    rng = generator(DEFAULT_SEED, "estate", street, cell)
    stem = STEMS[int(rng.integers(len(STEMS)))]
    suffixes = _TOWER_SUFFIX if towers else _ESTATE_SUFFIX
    return stem + suffixes[int(rng.integers(len(suffixes)))]


def shop_name(rng: np.random.Generator) -> tuple[str, str]:
    """A shop's name and kind."""
    word, kind = _SHOP_WORDS[int(rng.integers(len(_SHOP_WORDS)))]
    return STEMS[int(rng.integers(len(STEMS)))] + word, kind


def firm_name(rng: np.random.Generator, county_name: str) -> tuple[str, str]:
    """A company's name and kind, with its fictional county in front."""
    word, kind = _FIRM_WORDS[int(rng.integers(len(_FIRM_WORDS)))]
    return county_name.removesuffix("区") + STEMS[int(rng.integers(len(STEMS)))] + word, kind
