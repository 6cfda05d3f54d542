"""One way of writing: full-width forms, dashes, dots, blanks and Chinese numerals. Pure text, no meaning yet."""

from __future__ import annotations

import re
import unicodedata

DIGITS = {
    sign: value
    for value, signs in enumerate(
        ("零〇", "一壹", "二两贰", "三叁", "四肆", "五伍", "六陆", "七柒", "八捌", "九玖")
    )
    for sign in signs
}
DIGITS |= {"○": 0, "幺": 1}
UNITS = {"十": 10, "拾": 10, "百": 100, "佰": 100}
NUMERAL = "[" + "".join([*DIGITS, *UNITS]) + "]"
DASHES = re.compile(r"[‐‑‒–—―−－﹣~～〜]|(?<=[\d栋幢座号楼])至(?=\d)")
DOTS = re.compile(r"[·•・‧⋅∙]")
BLANKS = re.compile(r"\s+")
# A numeral is a number only in front of one of these; elsewhere it belongs to a name (一德路, 三元里, 之一).
COUNTED = re.compile(
    rf"(?<!之)(?<!附)({NUMERAL}+)(?=(?:号楼|栋|幢|座|单元|门(?!诊|口|前|牌)|梯|层|楼(?!上|下|梯)|室|房(?!屋|管)|号))"
)
SUB_NUMBER = re.compile(rf"(之|附)({NUMERAL}+)(?=(\d?))")
MOST_TURNS = 8
NOTHING = re.compile(r"(?i)^(无|没有|/+|-+|n/?a|空|不详|未知|暂无)$")


def uniform(text: str) -> str:
    """The text in one way of writing: NFKC, one dash, one middot, no blanks, counted Chinese numerals as digits.

    Middots inside estate names stay; "之一" becomes "之1" and keeps its meaning. Idempotent.
    """
    plain = _once(text)
    for _turn in range(MOST_TURNS):  # one change may make room for another: blanks, then marks, then numerals
        again = _once(plain)
        if again == plain:
            break
        plain = again
    return plain


def _once(text: str) -> str:
    plain = BLANKS.sub("", unicodedata.normalize("NFKC", text))
    plain = plain.replace("#楼", "号楼").replace("#", "号楼")
    plain = DOTS.sub("·", DASHES.sub("-", plain))
    return SUB_NUMBER.sub(_sub_number, COUNTED.sub(_counted, plain))


def says_nothing(text: str) -> bool:
    """True for an empty cell and for the words that stand for one (无, 不详, /)."""
    plain = BLANKS.sub("", unicodedata.normalize("NFKC", text))
    return not plain or bool(NOTHING.match(DASHES.sub("-", plain)))


def number(text: str) -> int | None:
    """The value of a Chinese or Arabic numeral below 10,000 ("二十三" 23, "一〇二" 102, "12" 12), None when it is none."""
    if text.isascii() and text.isdigit():
        return int(text)
    if not text or not re.fullmatch(f"{NUMERAL}+", text):
        return None
    if not any(sign in UNITS for sign in text):
        return int("".join(str(DIGITS[sign]) for sign in text))
    total, digit = 0, 0
    for sign in text:
        if sign in UNITS:
            total, digit = total + (digit or 1) * UNITS[sign], 0
        else:
            digit = DIGITS[sign]
    return total + digit


def _counted(found: re.Match[str]) -> str:
    return _digits(found[1])


def _sub_number(found: re.Match[str]) -> str:
    """ "之一602" becomes "之1号602", so that the two numbers stay apart."""
    return found[1] + _digits(found[2]) + ("号" if found[3] else "")


def _digits(text: str) -> str:
    value = number(text)
    return text if value is None else str(value)
