"""People: one row a person, with household, relation to its head, where they live and where they are registered."""

from __future__ import annotations

from typing import Final

from importers.kinds.base import (
    BY_BIRTH,
    BY_ID,
    BY_PHONE,
    HIDDEN,
    NAME_MASKED,
    NO_ROOM,
    Field,
    Kind,
    register,
)

ID_COLUMN: Final = "person.id_no"
PHONE_COLUMN: Final = "person.phone"

PEOPLE: Final = register(
    Kind(
        name="people",
        title="people",
        table="geodata_person",
        fields=(
            Field(
                "name",
                required=True,
                max_length=50,
                reader="name",
                shown=NAME_MASKED,
                headings=("name", "姓名", "居民姓名", "人员姓名"),
            ),
            Field("id_type", reader="document", headings=("id_type", "证件类型", "证件种类")),
            Field(
                "id_no",
                sealed=ID_COLUMN,
                headings=(
                    "id_no",
                    "id_card",
                    "公民身份号码",
                    "身份证号",
                    "身份证号码",
                    "身份证",
                    "公民身份证件编号",
                    "居民身份证号",
                    "居民身份证号码",
                    "证件号码",
                ),
            ),
            Field("sex", reader="sex", headings=("sex", "gender", "性别")),
            Field(
                "birth_date",
                reader="day",
                shown=HIDDEN,
                headings=("birth_date", "出生日期", "出生年月日", "出生年月", "生日"),
            ),
            Field(
                "phone",
                reader="phone",
                sealed=PHONE_COLUMN,
                headings=(
                    "phone",
                    "phones",
                    "mobile",
                    "联系电话",
                    "联系方式",
                    "手机",
                    "手机号",
                    "手机号码",
                    "电话",
                    "电话号码",
                    "本人电话",
                ),
            ),
            Field("education", reader="education", headings=("education", "文化程度", "学历", "受教育程度")),
            Field(
                "marital",
                reader="marital",
                headings=("marital", "marital_status", "婚姻状况", "婚姻", "婚否"),
            ),
            Field(
                "employment", reader="employment", headings=("employment", "就业状况", "从业状况", "就业情况")
            ),
            Field(
                "household_no",
                max_length=24,
                headings=("household_no", "family_id", "户号", "户编号", "户编码", "家庭编号"),
            ),
            Field("collective", reader="collective", headings=("户别", "户类型", "家庭户/集体户")),
            Field("head_name", reader="name", shown=NAME_MASKED, headings=("head_name", "户主", "户主姓名")),
            Field(
                "head_id",
                reader="id_number",
                sealed=ID_COLUMN,
                key_only=True,
                headings=("head_id", "户主身份证号", "户主身份证号码", "户主公民身份号码"),
            ),
            Field(
                "relation",
                reader="relation",
                headings=(
                    "relation",
                    "relationship",
                    "与户主关系",
                    "与户主之关系",
                    "户主或与户主关系",
                    "与其他人员关系",
                    "关系",
                ),
            ),
            Field(
                "address",
                max_length=160,
                shown=NO_ROOM,
                headings=(
                    "address",
                    "现住门(楼)详址",
                    "现住地址",
                    "居住地址",
                    "现居住地",
                    "现居住地址",
                    "实际居住地",
                    "家庭住址",
                    "居住处所",
                    "住址",
                    "户口簿住址",
                    "门牌地址",
                    "地址",
                ),
            ),
            Field(
                "estate",
                shown=NO_ROOM,
                stored=False,
                headings=("现住小区/建筑", "小区", "小区名称", "所属小区"),
            ),
            Field(
                "building",
                shown=HIDDEN,
                stored=False,
                headings=("楼栋", "楼栋号", "栋号", "幢号", "幢", "栋"),
            ),
            Field("entrance", shown=HIDDEN, stored=False, headings=("单元", "单元号", "梯")),
            Field("floor", shown=HIDDEN, stored=False, headings=("楼层", "所在层", "层")),
            Field("room", shown=HIDDEN, stored=False, headings=("房号", "室号", "房间号", "户室", "门牌号")),
            Field(
                "registered_address",
                max_length=160,
                shown=NO_ROOM,
                headings=(
                    "registered_address",
                    "household_address",
                    "户籍地址",
                    "户籍详址",
                    "户籍门(楼)详址",
                    "户口所在地",
                ),
            ),
            Field(
                "place", headings=("place", "所属网格", "网格", "网格编号", "网格名称", "社区", "所属社区")
            ),
            Field("moved_in_on", reader="day", headings=("moved_in_on", "迁入日期", "入住日期", "居住时间")),
            Field(
                "moved_out", reader="yes", headings=("moved_out", "is_migrated_out", "是否已迁出", "是否迁出")
            ),
            Field("moved_out_on", reader="day", headings=("moved_out_on", "household_exit_date", "迁出日期")),
            Field("dead", reader="yes", headings=("dead", "is_deceased", "是否已死亡", "是否死亡")),
            Field("dead_on", reader="day", headings=("dead_on", "death_date", "死亡日期")),
            Field("life_state"),
            Field("left_on"),
        ),
        geometry="",
        geometry_required=False,
        sourced=False,
        row_check="person",
        match_rules=(BY_ID, BY_BIRTH, BY_PHONE),
        subject="person",
        logged=True,
        personal=True,
    )
)
