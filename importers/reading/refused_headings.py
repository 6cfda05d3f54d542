"""Columns that are dropped at the door, by heading: the platform serves residents and keeps no such marks on people."""

from __future__ import annotations

import re
from typing import Final

# DESIGN §6 and the scope note of the domain facts: religion, politics, ethnicity, biometrics, policing and watch
# lists, health labels. No profile and no alias opens these.
_MARKS: Final = re.compile(
    "宗教|信仰|政治面貌|党派|民族|族别|指纹|人脸|虹膜|血型|生物|刑满|刑释|吸毒|涉毒|戒毒|社区矫正|重点人|"
    "密码|口令|password|passwd|"  # no file is a place for them
    "重点关注|重点类别|精神病|精神障碍|艾滋|邪教|上访|信访人|前科|犯罪|健康状况|身体状况|照片|头像|"
    r"religio|political|party_?member|ethnic|nationality_?group|fingerprint|face_?id|iris|biometric|blood_?type|"
    r"criminal|convict|drug_?use|parole|watch_?list|key_?person|\bhiv\b|\bmental",
    re.IGNORECASE,
)
# Anybody's name, identity number or telephone has its own place in the register of people: a column of a building or
# shop that nobody mapped is no place for them.
_PEOPLE: Final = re.compile(
    "姓名|户主|业主|房东|联系人|负责人|法定代表人|法人代表|身份证|证件号|公民身份|手机|电话|联系方式|"
    r"contact_?name|owner_?name|id_?card|id_?no\b|identity_?n|passport|(?:^|[_:\s])(?:phone|mobile|tel)(?:$|[_:\s])",
    re.IGNORECASE,
)


def is_refused(heading: str, *, of_people: bool = False) -> bool:
    """True for a heading whose column must not be kept. ``of_people``: mapped to a field of the register of people."""
    return _MARKS.search(heading) is not None or (not of_people and _PEOPLE.search(heading) is not None)
