"""Life in the fictional street's registers: two records of one person, door-step changes that wait, services proposed."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

import numpy as np
from django.db import transaction

from geodata.acting import acting
from geodata.models import Person, Residence
from geodata.models.household import HEAD, ResidenceKind
from geodata.sample.randomness import generator
from gridmgmt.organisation.models import Grant, Role, User
from gridmgmt.registers import (
    amendment_actions,
    amendment_fields,
    doubles,
    life_actions,
    life_events,
    life_rules,
)
from gridmgmt.registers.amendment_actions import AmendmentDraft
from gridmgmt.registers.models import Amendment, AmendmentRule, Double, LifeTodo
from gridmgmt.sample.identity import stamped_id

# field, value, note; what the worker saw is what stands there, unless it says otherwise.
FOUND: tuple[tuple[str, str, str], ...] = (
    ("person.phone", "10000071001", "本人当面更正，旧号已停用"),
    ("person.employment", "54", "在楼下开了早餐店"),
    ("person.gone", "moved_out", "邻居告知已搬去外省女儿家，房屋空置"),
    ("person.education", "31", "出示毕业证"),
    ("person.phone", "1390000", "子女代报，号码可能不全"),
    ("person.marital", "40", "出示离婚证"),
    ("person.birth_date", "1958-03-09", "按身份证更正"),
)
PAIRS = 3


@transaction.atomic
def live(*, street_code: str, seed: int, now: datetime) -> dict[str, int]:
    """Doubles, amendments and to-dos of a street; nothing when they are there."""
    life_rules.load_rules()
    if Amendment.objects.exists():
        return {}
    rng = generator(seed, "lives")
    staff = User.objects.get(username="staff")
    worker = User.objects.get(username="worker01")
    with acting(by=None, cause="sample", at=now):
        _doubles(street_code, rng, now)
    doubles.find(county=street_code[:6], at=now)
    _amend(worker, staff, rng, now)
    life_events.look(now)
    _answer(staff, street_code, now)
    return {
        "doubles": Double.objects.count(),
        "amendments": Amendment.objects.count(),
        "services": LifeTodo.objects.count(),
    }


def _doubles(street_code: str, rng: np.random.Generator, now: datetime) -> None:
    """Somebody who was entered once more at another door of the street, without ID number and household."""
    heads = Person.objects.filter(
        cell_code__startswith=street_code, memberships__relation=HEAD, memberships__valid_to=None
    )
    first = list(heads.exclude(phone_key=None).order_by("pk")[40 : 40 + PAIRS])
    doors = Residence.objects.filter(
        person__in=heads.order_by("pk")[400 : 400 + PAIRS], kind=ResidenceKind.ACTUAL
    )
    for one, stay in zip(first, doors.select_related("dwelling", "building").order_by("pk"), strict=False):
        if stay.building is None:
            continue
        other = Person(
            id=stamped_id(now, rng), county=one.county, cell_code=stay.building.cell_code, building=stay.building,
            name=one.name, sex=one.sex, birth_date=one.birth_date, marital="20",
        )  # fmt: skip
        other.save(force_insert=True)
        since = (now - timedelta(days=40)).date()
        Residence.objects.create(
            county=one.county, person=other, kind=ResidenceKind.ACTUAL, dwelling=stay.dwelling,
            building=stay.building, valid_from=since,
        )  # fmt: skip


def _amend(worker: User, staff: User, rng: np.random.Generator, now: datetime) -> None:
    """What a worker found on two days' rounds; one is written by rule, one was rejected, one conflicts, the rest waits."""
    cells = Grant.objects.filter(user=worker, role=Role.WORKER).values_list("scope_code", flat=True)
    people = Person.objects.filter(cell_code__in=list(cells), birth_date__lt="1970-01-01")
    chosen = list(people.exclude(phone_key=None).order_by("pk")[3 : 3 + len(FOUND) + 2])
    if len(chosen) < len(FOUND):
        return
    for number, (one, (key, value, note)) in enumerate(zip(chosen, FOUND, strict=False)):
        at = now - timedelta(hours=30 - 4 * number)
        _send(worker, one, key, value, note, at=at, rng=rng)
    with acting(by=None, cause="sample", at=now - timedelta(hours=1)):
        Person.objects.filter(pk=chosen[5].pk).update(marital="30")
    AmendmentRule.objects.update_or_create(
        key="person.education", defaults={"automatic": True, "changed_at": now}
    )
    rest = chosen[len(FOUND) :]
    if len(rest) == 2:
        _send(worker, rest[0], "person.education", "61", "出示毕业证", at=now - timedelta(hours=3), rng=rng)
        refused = _send(
            worker,
            rest[1],
            "person.phone",
            "10000071009",
            "电话里告知",
            at=now - timedelta(hours=50),
            rng=rng,
        )
        amendment_actions.reject(
            amendment_id=refused.pk, by=staff, at=now - timedelta(hours=26), reason="回拨核实，该号码属于其子"
        )


def _send(
    worker: User, one: Person, key: str, value: str, note: str, *, at: datetime, rng: np.random.Generator
) -> Amendment:
    draft = AmendmentDraft(
        id=stamped_id(at, rng), key=key, row=one.pk, old=amendment_fields.value_of(one, key), new=value, note=note,
        captured_at=at - timedelta(minutes=6), body_sha256=hashlib.sha256(f"{key}{one.pk}{value}".encode()).digest(),
    )  # fmt: skip
    found, _made = amendment_actions.submit(draft=draft, by=worker, at=at)
    return found


def _answer(staff: User, street_code: str, now: datetime) -> None:
    """Some proposals of the street were answered already."""
    todos = LifeTodo.objects.filter(person__cell_code__startswith=street_code).order_by("happened_on", "pk")
    for number, todo in enumerate(todos[:6]):
        wanted = number % 3 != 2
        life_actions.finish(
            todo_id=todo.pk, outcome="done" if wanted else "not_wanted", by=staff, at=now - timedelta(hours=number + 1),
            reason="" if wanted else "已自行办理",
        )  # fmt: skip
