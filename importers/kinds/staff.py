"""Staff: accounts with a role for a place and the cells they answer for. A file holds no password, and opens none."""

from __future__ import annotations

from typing import Final

from importers.kinds.base import Field, Kind, Type, register

STAFF: Final = register(
    Kind(
        name="staff",
        title="staff and duties",
        table="organisation_user",
        fields=(
            Field(
                "username",
                Type.CODE,
                required=True,
                pattern=r"^[a-z0-9][a-z0-9._-]{1,58}$",
                headings=("username", "用户名", "账号", "登录名", "帐号"),
            ),
            Field("name", required=True, max_length=60, reader="name", headings=("name", "姓名", "人员姓名")),
            Field("role", required=True, reader="role", stored=False, headings=("role", "角色", "岗位")),
            Field(
                "scope",
                required=True,
                max_length=80,
                stored=False,
                headings=("scope", "管辖范围", "所属区域", "区域", "所属社区", "所属街道", "范围编码"),
            ),
            Field("department", stored=False, headings=("department", "部门", "所属部门", "单位")),
            Field(
                "duties",
                max_length=2000,
                stored=False,
                headings=("duties", "责任网格", "负责网格", "网格", "网格编码", "责任区"),
            ),
        ),
        geometry="",
        geometry_required=False,
        sourced=False,
        tells="username",
        subject="person",
        personal=True,
    )
)
