"""Random lives: whatever is done in whatever order, allowed or refused, the register stays consistent."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geodata.errors import DomainError
from geodata.models import Household, Membership, Person
from gridmgmt.registers import history, household_actions, move_actions, person_actions
from tests.registers.conftest import Scene
from tests.world import AT

DAY_ONE = date(2026, 1, 1)
# What must be empty after every step, by the database itself.
BROKEN = {
    "household without exactly one head": """
        SELECT household_id FROM geodata_membership WHERE valid_to IS NULL GROUP BY household_id
        HAVING count(*) FILTER (WHERE relation = '02') <> 1""",
    "somebody gone is in a household": """
        SELECT p.id FROM geodata_person p JOIN geodata_membership m ON m.person_id = p.id AND m.valid_to IS NULL
        WHERE p.life_state <> 'present'""",
    "somebody dead lives somewhere": """
        SELECT p.id FROM geodata_person p JOIN geodata_residence r ON r.person_id = p.id AND r.valid_to IS NULL
        WHERE p.life_state = 'dead'""",
    "memberships overlap": """
        SELECT a.id FROM geodata_membership a JOIN geodata_membership b ON a.person_id = b.person_id AND a.id < b.id
        WHERE daterange(a.valid_from, a.valid_to) && daterange(b.valid_from, b.valid_to)""",
    "residences overlap": """
        SELECT a.id FROM geodata_residence a JOIN geodata_residence b
          ON a.person_id = b.person_id AND a.kind = b.kind AND a.id < b.id
        WHERE daterange(a.valid_from, a.valid_to) && daterange(b.valid_from, b.valid_to)""",
    "present without a home": """
        SELECT p.id FROM geodata_person p WHERE p.life_state = 'present' AND NOT EXISTS (
          SELECT 1 FROM geodata_residence r WHERE r.person_id = p.id AND r.kind = 'actual' AND r.valid_to IS NULL
            AND r.building_id = p.building_id)""",
    "lives alone is wrong": """
        SELECT p.id FROM geodata_person p LEFT JOIN geodata_membership m ON m.person_id = p.id AND m.valid_to IS NULL
        WHERE p.lives_alone <> (m.id IS NOT NULL AND (SELECT count(*) FROM geodata_membership o
          WHERE o.household_id = m.household_id AND o.valid_to IS NULL) = 1)""",
    "a change without a name": "SELECT id FROM registers_registerchange WHERE cause = 'sql' AND id > %(from)s",
}  # fmt: skip
steps = st.lists(
    st.tuples(st.integers(0, 8), st.integers(0, 50), st.integers(0, 50), st.integers(0, 50), st.booleans()),
    min_size=3, max_size=14,
)  # fmt: skip


class Walk:
    """Turns numbers into actions on whoever is there."""

    def __init__(self, scene: Scene) -> None:
        self.scene, self.on, self.born = scene, DAY_ONE, 0

    def person(self, pick: int) -> Person:
        everybody = list(Person.objects.order_by("pk"))
        return everybody[pick % len(everybody)]

    def home(self, pick: int) -> Household:
        homes = list(Household.objects.order_by("pk"))
        return homes[pick % len(homes)]

    def door(self, pick: int) -> Any:
        doors = sorted(self.scene.register.doors)
        return self.scene.door(doors[pick % len(doors)])

    def members(self, home: Household) -> list[Membership]:
        return list(Membership.objects.filter(household=home, valid_to=None).order_by("person_id"))

    def succession(self, gone: list[Any], home: Household | None, pick: int) -> dict[str, Any]:
        """A new head and relations for who stays, when the head is among those who go."""
        rows = self.members(home) if home else []
        staying = [row for row in rows if row.person_id not in gone]
        if not staying or any(row.relation == "02" for row in staying):
            return {}
        new = staying[pick % len(staying)].person_id
        return {"new_head": new, "said": {row.person_id: "97" for row in staying if row.person_id != new}}

    def take(self, kind: int, a: int, b: int, c: int, flag: bool) -> None:
        self.on += timedelta(days=c % 3)
        on, by, at = self.on, self.scene.keeper, AT
        one, home = self.person(a), self.home(b)
        row = Membership.objects.filter(person=one, valid_to=None).select_related("household").first()
        own = row.household if row else None
        seen = {"by": by, "at": at, "version": history.person_version(one.pk)}
        home_seen = {"by": by, "at": at, "version": history.household_version(home.pk)}
        follow = self.succession([one.pk], own, c)
        if kind == 0:
            self.born += 1
            values = {"name": "新" + chr(0x4E00 + self.born), "sex": "1", "birth_date": on.isoformat()}
            person_actions.birth(parent_id=one.pk, values=values, relation="20", registered=flag, **seen)
        elif kind == 1:
            person_actions.death(person_id=one.pk, on=on, **follow, **seen)
        elif kind == 2:
            move_actions.move_out(
                person_id=one.pk, on=on, elsewhere="外省", keep_registered=flag, **follow, **seen
            )
        elif kind == 3:
            move_actions.move(
                person_id=one.pk, dwelling_id=self.door(b), on=on, keep_household=flag, registered=flag,
                **({} if flag else follow), **seen,
            )  # fmt: skip
        elif kind == 4:
            into = (
                {"household_id": home.pk, "household_version": home_seen["version"], "relation": "97"}
                if flag
                else {}
            )
            move_actions.move_back(person_id=one.pk, dwelling_id=self.door(b), on=on, **into, **seen)
        elif kind == 5:
            move_actions.change_address(
                household_id=home.pk, dwelling_id=self.door(a), on=on, registered=flag, **home_seen
            )
        elif kind == 6:
            rows = self.members(home)
            moving = {member.person_id: "97" for member in rows[: 1 + a % max(1, len(rows))]}
            if moving:
                moving[next(iter(moving))] = "02"
            household_actions.split(
                household_id=home.pk, moving=moving, on=on, dwelling_id=self.door(c) if flag else None,
                **self.succession(list(moving), home, c), **home_seen,
            )  # fmt: skip
        elif kind == 7:
            into_home = self.home(c)
            household_actions.merge(
                household_id=home.pk, into_id=into_home.pk, said={m.person_id: "97" for m in self.members(home)},
                on=on, into_version=history.household_version(into_home.pk), **home_seen,
            )  # fmt: skip
        else:
            rows = self.members(home)
            new = rows[a % len(rows)].person_id if rows else one.pk
            household_actions.change_head(
                household_id=home.pk, new_head=new, said={m.person_id: "97" for m in rows if m.person_id != new},
                on=on, **home_seen,
            )  # fmt: skip


@pytest.mark.django_db
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(taken=steps)
def test_whatever_happens_the_register_stays_consistent(scene: Scene, taken: list[Any]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM registers_registerchange")
        start = cursor.fetchone()[0]
        walk = Walk(scene)
        for step in taken:
            try:
                with transaction.atomic():
                    walk.take(*step)
            except DomainError as error:
                assert error.status in {409, 422}, error  # noqa: PT017 - refusals are part of the walk
            for rule, query in BROKEN.items():
                cursor.execute(query, {"from": start})
                assert cursor.fetchall() == [], (rule, step)
        transaction.set_rollback(True)
