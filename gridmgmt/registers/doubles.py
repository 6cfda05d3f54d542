"""Finding records of one county that may be one person: set-based, with a score and the reasons for it.

Numbers are compared by their search keys and masked forms, nothing is opened. Two records with ID numbers that differ are
listed only when the numbers look alike; somebody must then see the cards.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Final

from django.db import connection, transaction
from django.db.models import QuerySet

from geodata.errors import mark as _
from gridmgmt.organisation.queries import under
from gridmgmt.organisation.scope import Scope
from gridmgmt.registers.models import Double, DoubleState
from gridmgmt.registers.taking import KEEPERS
from gridmgmt.registers.waiting import Waiting

LISTED_FROM: Final = 60
WEIGHTS: Final = {
    "same_name": 35,
    "sounds_alike": 20,
    "same_birth_date": 30,
    "same_phone": 25,
    "similar_id": 30,
    "same_building": 15,
    "one_without_id": 5,
    "other_sex": -25,
    "other_birth_date": -20,
    "other_id": -45,
}
"""What speaks for one person, and against it. "other_id": two ID numbers that do not even look alike."""

# Candidates come by keys that have an index or hash well; each pair is then judged once. "Similar": the same masked form
# (county of issue and last four) with another number and no other birth date. "Sounds alike": one family name, as many
# signs, the same initials.
_FIND: Final = """
WITH known AS MATERIALIZED (
  SELECT id, name, name_initials, birth_date, phone_key, id_no_key, id_no_masked, building_id, sex
  FROM geodata_person WHERE county = %(county)s AND life_state <> 'dead'
), pair AS (
  SELECT a.id AS a, b.id AS b FROM known a JOIN known b USING (name, birth_date) WHERE a.id < b.id
  UNION SELECT a.id, b.id FROM known a JOIN known b USING (phone_key) WHERE a.id < b.id
    AND (a.name = b.name OR a.birth_date = b.birth_date)
  UNION SELECT a.id, b.id FROM known a JOIN known b USING (id_no_masked) WHERE a.id < b.id AND id_no_masked <> ''
    AND (a.name = b.name OR a.birth_date = b.birth_date)
  UNION SELECT a.id, b.id FROM known a JOIN known b USING (birth_date, name_initials) WHERE a.id < b.id
    AND name_initials <> '' AND left(a.name, 1) = left(b.name, 1)
    AND (a.building_id = b.building_id OR a.phone_key = b.phone_key)
  UNION SELECT a.id, b.id FROM known a JOIN known b USING (name, building_id) WHERE a.id < b.id
    AND (a.birth_date IS NULL OR b.birth_date IS NULL)
), judged AS (
  SELECT p.a, p.b, array_remove(ARRAY[
    CASE WHEN a.name = b.name THEN 'same_name'
      WHEN a.name_initials = b.name_initials AND a.name_initials <> '' AND left(a.name, 1) = left(b.name, 1)
        AND char_length(a.name) = char_length(b.name) THEN 'sounds_alike' END,
    CASE WHEN a.birth_date = b.birth_date THEN 'same_birth_date' WHEN a.birth_date <> b.birth_date THEN 'other_birth_date' END,
    CASE WHEN a.phone_key = b.phone_key THEN 'same_phone' END,
    CASE WHEN a.id_no_key <> b.id_no_key THEN
      CASE WHEN a.id_no_masked = b.id_no_masked AND (a.birth_date = b.birth_date) IS NOT FALSE THEN 'similar_id'
        ELSE 'other_id' END END,
    CASE WHEN (a.id_no_key IS NULL) <> (b.id_no_key IS NULL) THEN 'one_without_id' END,
    CASE WHEN a.building_id = b.building_id THEN 'same_building' END,
    CASE WHEN a.sex IN (1, 2) AND b.sex IN (1, 2) AND a.sex <> b.sex THEN 'other_sex' END], NULL) AS reasons
  FROM pair p JOIN known a ON a.id = p.a JOIN known b ON b.id = p.b
), scored AS (
  SELECT a, b, reasons, (SELECT least(100, sum((%(weights)s::jsonb ->> r)::int)) FROM unnest(reasons) r) AS score FROM judged
), listed AS (
  INSERT INTO registers_double (id, county, first_id, second_id, score, reasons, state, found_at, note)
  SELECT gen_random_uuid(), %(county)s, a, b, score, reasons, 'open', %(at)s, '' FROM scored WHERE score >= %(least)s
  ON CONFLICT (first_id, second_id) DO UPDATE SET score = excluded.score, reasons = excluded.reasons
  RETURNING id)
DELETE FROM registers_double d WHERE d.county = %(county)s AND d.state = 'open'
  AND NOT EXISTS (SELECT 1 FROM scored s WHERE s.a = d.first_id AND s.b = d.second_id AND s.score >= %(least)s)
"""


@transaction.atomic
def find(*, county: str, at: datetime) -> int:
    """Looks a whole county through; what nothing speaks for any more goes, what was decided stays. Pairs open now."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SET LOCAL work_mem = '64MB'")
        cursor.execute(
            _FIND, {"county": county, "at": at, "least": LISTED_FROM, "weights": json.dumps(WEIGHTS)}
        )
    return Double.objects.filter(county=county, state=DoubleState.OPEN).count()


def visible(scope: Scope) -> QuerySet[Double]:
    """Pairs of which a keeper keeps both records."""
    kept = scope.prefixes_of(*KEEPERS)
    return Double.objects.select_related("first__building", "second__building", "decided_by").filter(
        under("first__cell_code", kept), under("second__cell_code", kept)
    )


def waiting(scope: Scope) -> Waiting | None:
    """How many pairs a keeper should decide about."""
    if not scope.has_role(*KEEPERS):
        return None
    return Waiting(
        _("Possible doubles"), visible(scope).filter(state=DoubleState.OPEN).count(), "map_ui:doubles"
    )
