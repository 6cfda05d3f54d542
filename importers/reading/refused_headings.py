"""Columns that are dropped at the door, by heading: the platform serves residents and keeps no such marks on people."""

from __future__ import annotations

import re
from typing import Final

# DESIGN §6 and the scope note of the domain facts: religion, politics, ethnicity, biometrics, policing and watch
# lists, health labels; and anybody's name, identity number or telephone, which have their own place in the register
# of people: a column of a building or shop that nobody mapped is no place for them.
_CHINESE: Final = (
    "宗教|信仰|政治面貌|党派|民族|族别|指纹|人脸|虹膜|血型|生物|刑满|刑释|吸毒|涉毒|戒毒|社区矫正|重点人|"
    "重点关注|重点类别|精神病|精神障碍|艾滋|邪教|上访|信访人|前科|犯罪|姓名|户主|业主|联系人|法定代表人|法人代表|"
    "身份证|证件号|公民身份|手机|电话|联系方式"
)
_ENGLISH: Final = (
    r"religio|political|party_?member|ethnic|nationality_?group|fingerprint|face_?id|iris|biometric|blood_?type|"
    r"contact_?name|owner_?name|criminal|convict|drug_?use|parole|watch_?list|key_?person|\bhiv\b|\bmental|"
    r"id_?card|id_?no\b|identity_?n|"
    r"passport|(?:^|[_:\s])(?:phone|mobile|tel)(?:$|[_:\s])"
)
_REFUSED: Final = re.compile(f"{_CHINESE}|{_ENGLISH}", re.IGNORECASE)


def is_refused(heading: str) -> bool:
    """True for a heading whose column must not be kept."""
    return _REFUSED.search(heading) is not None
