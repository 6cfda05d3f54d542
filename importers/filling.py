"""Empty workbooks to be filled in, made from the fields of a kind: headings, then a row of notes that importing leaves out."""

from __future__ import annotations

import io
from typing import Final

import xlsxwriter

from importers.kinds import Field, Kind

FILLABLE: Final = ("people", "dwellings", "care", "staff")
_NOTES: Final[dict[str, str]] = {
    "name": "必填",
    "id_no": "18位，请设为文本格式",
    "head_id": "18位，请设为文本格式",
    "birth_date": "格式：19900131 或 1990-01-31",
    "phone": "填写一个手机或带区号的电话",
    "sex": "填写：男、女",
    "relation": "填写：户主、配偶、子、女…",
    "education": "填写：小学、初中、高中、大专、大学本科…",
    "marital": "填写：未婚、已婚、丧偶、离婚",
    "employment": "填写：职员、工人、学生、退休、无业…",
    "household_no": "选填，同户填写同一户号",
    "collective": "填写：家庭户、集体户",
    "address": "例如：嘉和苑3栋2单元501室；也可分列填写",
    "place": "选填，网格或社区的名称或编码",
    "use": "填写：住宅、商用、办公、仓储…",
    "area_m2": "填写平方米数",
    "group": "填写：低保对象、残疾人、独居老人、空巢老人、留守儿童、失业人员…",
    "username": "必填，小写字母、数字，例如：zhangsan；不要填写密码",
    "role": "填写：网格员、受理员、值班长、派遣员、处置人员、领导、督办员、工作人员",
    "scope": "必填，街道、社区、网格的编码或名称",
    "duties": "选填，网格编码，多个用分号分开",
    "level": "填写：一级、二级、三级、四级",
}
_OPTIONAL: Final = "选填"
_DAY: Final = "格式：20260131"
_WIDTH: Final = 18


def workbook(kind: Kind) -> bytes:
    """The table of a kind. Cells are text, so that a spreadsheet rounds no number."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    sheet = book.add_worksheet(kind.name)
    text = book.add_format({"num_format": "@"})
    head = book.add_format({"bold": True, "bg_color": "#DCE6F1", "border": 1, "num_format": "@"})
    note = book.add_format({"italic": True, "font_color": "#667085", "text_wrap": True, "num_format": "@"})
    fields = [field for field in kind.fields if field.headings]
    sheet.set_column(0, len(fields) - 1, _WIDTH, text)
    for column, field in enumerate(fields):
        sheet.write_string(0, column, _heading(field), head)
        sheet.write_string(1, column, _note(field), note)
    sheet.freeze_panes(2, 0)
    book.close()
    return stream.getvalue()


def _heading(field: Field) -> str:
    """The first Chinese heading by which the field is known."""
    return next((heading for heading in field.headings if not heading.isascii()), field.headings[0])


def _note(field: Field) -> str:
    if field.name in _NOTES:
        return _NOTES[field.name]
    return _DAY if field.reader in {"day", "day_ahead"} else _OPTIONAL
