"""Care groups: people of the register who are owed a service, by group of the catalogue, with the day of review."""

from __future__ import annotations

from typing import Final

from importers.kinds.base import BY_BIRTH, BY_ID, HIDDEN, NAME_MASKED, Field, Kind, register
from importers.kinds.people import ID_COLUMN

CARE: Final = register(
    Kind(
        name="care",
        title="care groups",
        table="geodata_caremembership",
        fields=(
            Field(
                "name",
                required=True,
                max_length=50,
                reader="name",
                shown=NAME_MASKED,
                stored=False,
                headings=("name", "姓名", "对象姓名"),
            ),
            Field(
                "id_no",
                reader="id_number",
                sealed=ID_COLUMN,
                key_only=True,
                stored=False,
                headings=("id_no", "id_card", "身份证号", "身份证号码", "身份证", "公民身份号码", "证件号码"),
            ),
            Field(
                "birth_date",
                reader="day",
                shown=HIDDEN,
                stored=False,
                headings=("birth_date", "出生日期", "出生年月日", "生日"),
            ),
            # What a refused value says of somebody is kept nowhere, not even in a finding.
            Field(
                "group",
                required=True,
                reader="care_group",
                shown=HIDDEN,
                headings=(
                    "group",
                    "关爱类型",
                    "关爱对象类别",
                    "关爱对象类型",
                    "对象类别",
                    "救助类型",
                    "困难类型",
                ),
            ),
            Field(
                "level",
                reader="care_level",
                headings=("level", "关爱等级", "照护等级", "残疾等级", "等级", "级别"),
            ),
            Field(
                "valid_from",
                reader="day",
                headings=("valid_from", "认定日期", "起始日期", "开始日期", "享受起始日期"),
            ),
            Field(
                "valid_to",
                reader="day_ahead",
                headings=("valid_to", "终止日期", "截止日期", "结束日期", "有效期至"),
            ),
            Field(
                "review_on",
                reader="day_ahead",
                headings=("review_on", "复核日期", "复审日期", "下次复核日期"),
            ),
        ),
        geometry="",
        geometry_required=False,
        sourced=False,
        row_check="care",
        match_rules=(BY_ID, BY_BIRTH),
        subject="person",
        subject_id="person_id",
        logged=True,
        personal=True,
    )
)
