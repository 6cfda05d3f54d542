"""A register as people have it: families in three layouts, with faults planted at known places and counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from geodata.sample.identity import id_number
from tests.importers.people_world import number, phone

Row = dict[str, str]
LAYOUTS: dict[str, tuple[tuple[str, str], ...]] = {
    "people-plain": (
        ("姓名", "name"), ("身份证号", "id"), ("性别", "sex"), ("出生日期", "born"), ("联系电话", "phone"),
        ("文化程度", "education"), ("婚姻状况", "marital"), ("就业状况", "work"), ("户号", "household"),
        ("与户主关系", "relation"), ("小区", "estate"), ("楼栋", "building"), ("单元", "entrance"), ("房号", "room"),
    ),
    "people-template": (
        ("姓名*", "name"), ("与其他人员关系", "relation"), ("身份证号（必填）", "id"), ("性别", "sex"),
        ("出生日期", "born"), ("联系电话", "phone"), ("现住小区/建筑", "estate"), ("门牌地址", "door"),
        ("是否重点人员", "mark"), ("户编号", "household"), ("是否已迁出", "no"), ("是否已死亡", "no"),
        ("民族", "mark"), ("政治面貌", "mark"), ("婚姻状况", "marital"), ("文化程度", "education"),
        ("健康状况", "mark"), ("备注", "mark"),
    ),
    "people-booklet": (
        ("户主姓名", "head"), ("户号", "household"), ("住址", "address"), ("姓名", "name"),
        ("户主或与户主关系", "relation"), ("性别", "sex"), ("出生日期", "born"), ("公民身份号码", "id"),
        ("文化程度", "education"), ("婚姻状况", "marital"), ("宗教信仰", "mark"), ("血型", "mark"), ("服务处所", "mark"),
    ),
}  # fmt: skip
DROPPED = {
    "people-plain": set(),
    "people-template": {"是否重点人员", "民族", "政治面貌", "健康状况", "备注"},
    "people-booklet": {"宗教信仰", "血型", "服务处所"},
}
HINTS = {"name": "必填，如：张三", "id": "必填，18位", "sex": "填写男或女", "born": "格式：YYYYMMDD"}


@dataclass
class Register:
    """Rows, and how often each code was planted, by severity."""

    rows: list[Row] = field(default_factory=list)
    planted: dict[str, Counter[str]] = field(
        default_factory=lambda: {"error": Counter(), "conflict": Counter(), "note": Counter()}
    )

    def plant(self, severity: str, code: str, times: int = 1) -> None:
        self.planted[severity][code] += times

    def table(self, layout: str, *, hints: bool = False) -> tuple[list[str], list[list[str]]]:
        columns = LAYOUTS[layout]
        rows = [[_cell(row, source) for _, source in columns] for row in self.rows]
        if hints:
            rows.insert(0, [HINTS.get(source, "选填") for _, source in columns])
        return [heading for heading, _ in columns], rows


def _cell(row: Row, source: str) -> str:
    door = f"{row['building']}栋{row['entrance']}单元{row['room']}"
    made = {"door": door, "address": row["estate"] + door + "室", "no": "否", "mark": "某"}
    if source in {"door", "address"} and not row["estate"]:
        return ""
    return made.get(source) or row[source]


def family(serial: int) -> list[Row]:
    """Head, spouse and child; nobody is wrong yet. Every family has its own door of six buildings' floors."""
    year = 1950 + serial % 40
    entrance, floor, room = 1 + serial % 2, 1 + serial // 12 % 30, 1 + serial // 360
    home = {
        "household": f"H{serial:05d}",
        "estate": "嘉和苑",
        "building": str(1 + serial // 2 % 3),
        "entrance": str(entrance),
        "room": f"{floor}{(serial // 6 % 2) * 40 + room:02d}",
        "head": "陈户主",
    }

    def person(name: str, relation: str, born: str, order: int, sex: str, member: int) -> Row:
        return {
            **home,
            "name": name,
            "relation": relation,
            "born": born,
            "id": number(born, order),
            "sex": sex,
            "phone": phone(serial * 10 + member),
            "education": "高中",
            "marital": "已婚" if member < 2 else "未婚",
            "work": "职员",
        }

    slot = serial // 40 * 2
    return [
        person("陈户主", "户主", f"{year}-03-05", 1 + slot, "男", 0),
        person("欧阳·阿依古丽", "配偶", f"{year + 1}-07-15", 2 + slot, "女", 1),
        person("陈𠮷", "儿子", f"{year + 27}-11-29", 3 + slot, "男", 2),
    ]


Fault = Callable[[list[Row], Register, str], None]


def _set(member: int, name: str, value: Callable[[Row], str], severity: str, code: str) -> Fault:
    def fault(rows: list[Row], register: Register, _layout: str) -> None:
        rows[member][name] = value(rows[member])
        register.plant(severity, code)

    return fault


def _unfilled(rows: list[Row], register: Register, _layout: str) -> None:
    rows[2]["sex"], rows[2]["born"] = "", ""
    register.plant("note", "taken_from_id", 2)


def _without_day(rows: list[Row], register: Register, _layout: str) -> None:
    rows[2]["born"] = rows[2]["born"][:7].replace("-", ".")
    register.plant("note", "taken_from_id")


def _old_number(rows: list[Row], register: Register, _layout: str) -> None:
    whole = rows[0]["id"]
    rows[0]["id"] = whole[:6] + whole[8:17]
    register.plant("note", "id_was_15")


def _repeated(rows: list[Row], register: Register, _layout: str) -> None:
    rows.append(dict(rows[2]))
    register.plant("error", "repeated_in_file")


def _two_households(rows: list[Row], register: Register, _layout: str) -> None:
    rows.append({**rows[2], "household": rows[2]["household"] + "X"})
    register.plant("conflict", "two_households", 2)


def _two_heads(rows: list[Row], register: Register, _layout: str) -> None:
    rows[1]["relation"] = "户主"
    register.plant("conflict", "household_two_heads", 2)


def _elsewhere(rows: list[Row], register: Register, layout: str) -> None:
    rows[2]["estate"], rows[2]["building"] = "不存在花园", "9"
    register.plant("note", "address_unknown")


def _nearly(rows: list[Row], register: Register, layout: str) -> None:
    rows[2]["estate"] = "嘉和院"
    register.plant("note", "address_unsure", 2 if layout == "people-booklet" else 1)


def _nobody(rows: list[Row], register: Register, _layout: str) -> None:
    rows[2].update(id="", phone="", estate="", building="", entrance="", room="")
    register.plant("error", "person_not_identifiable")


def _several_phones(rows: list[Row], register: Register, layout: str) -> None:
    rows[0]["phone"] += "; " + phone(99_999_999)
    if layout != "people-booklet":
        register.plant("note", "phone_first_of_several")


def _no_phone(rows: list[Row], register: Register, layout: str) -> None:
    rows[2]["phone"] = "12x45"
    if layout != "people-booklet":
        register.plant("error", "phone_form")


def _wide(rows: list[Row], _register: Register, _layout: str) -> None:
    rows[1]["id"] = "".join(chr(ord(sign) + 0xFEE0) for sign in rows[1]["id"])
    rows[1]["born"] = rows[1]["born"].replace("-", "")
    rows[1]["building"] = rows[1]["building"].translate(str.maketrans("123", "１２３"))


def _other_check(row: Row) -> str:
    return row["id"][:17] + ("0" if row["id"][17] != "0" else "1")


def _other_sex(row: Row) -> str:
    return "女" if row["sex"] == "男" else "男"


FAULTS: tuple[Fault, ...] = (
    _set(2, "id", _other_check, "error", "id_check_digit"),
    _set(2, "id", lambda _row: "9.90112E+17", "error", "id_digits_lost"),
    _set(2, "id", lambda row: row["id"][:16], "error", "id_length"),
    _set(2, "id", lambda row: id_number("699901", row["born"].replace("-", ""), 3), "error", "id_area_unknown"),
    _set(2, "sex", _other_sex, "error", "sex_against_id"),
    _set(2, "born", lambda _row: "1999-12-31", "error", "birth_date_against_id"),
    _set(2, "born", lambda _row: "农历二〇〇一年正月初五", "error", "date_lunar"),
    _set(2, "born", lambda _row: "2001-02-30", "error", "date_impossible"),
    _set(2, "born", lambda _row: "二十岁", "error", "date_form"),
    _set(2, "born", lambda _row: "2099-01-01", "error", "date_out_of_range"),
    _set(2, "education", lambda _row: "大学问", "error", "value_unknown"),
    _set(2, "education", lambda _row: "3", "error", "value_bare_code"),
    _set(2, "education", lambda _row: "20-初中", "error", "value_label_and_code"),
    _set(2, "name", lambda _row: "陈#二", "error", "name_character"),
    _set(2, "name", lambda _row: "陈二(租客)", "error", "name_remark"),
    _set(2, "name", lambda _row: "", "error", "value_missing"),
    _set(2, "relation", lambda _row: "父亲", "error", "age_against_relation"),
    _unfilled, _without_day, _old_number, _repeated, _two_households, _two_heads, _elsewhere, _nearly, _nobody,
    _several_phones, _no_phone, _wide,
)  # fmt: skip


def dirty_register(families: int, layout: str, each: int = 2) -> Register:
    """A register in which every fault stands ``each`` times, in families of its own."""
    register = Register()
    faults: Iterator[Fault] = iter([fault for fault in FAULTS for _ in range(each)])
    for serial in range(families):
        rows = family(serial)
        fault = next(faults, None) if serial % 3 == 1 else None
        if fault is not None:
            fault(rows, register, layout)
        register.rows += rows
    assert next(faults, None) is None, "there are more faults than families"
    return register
