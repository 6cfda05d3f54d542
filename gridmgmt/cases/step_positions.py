"""Where somebody stood when they verified or checked: kept beside the step with the distance, shown, never a condition."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.contrib.gis.geos import Point

from geodata import crs
from geodata.crs import SRID_WGS84
from gridmgmt.cases.models import Case, CaseHistory, StepPosition
from gridmgmt.cases.photos import distance_m
from gridmgmt.organisation.shifts import Seen

FAR_M: Final = 100
ROUGH_M: Final = 100


def keep(case: Case, seen: Seen, *, at: datetime) -> StepPosition:
    """Keep where the phone was at the step that has just been taken; a clock ahead of ours counts as now.

    Errors: coordinate_* and datum_unknown of geodata.crs.
    """
    place = crs.to_wgs84(seen.x, seen.y, seen.datum)
    away = distance_m(Point(place.lon, place.lat, srid=SRID_WGS84), case.geom)
    return StepPosition.objects.create(
        history=CaseHistory.objects.get(case=case, seq=case.version),
        datum=seen.datum,
        source_x=seen.x,
        source_y=seen.y,
        accuracy_m=seen.accuracy_m,
        captured_at=min(seen.captured_at, at),
        distance_m=round(away, 1),
        flags=flags(away, seen.accuracy_m),
    )


def flags(away_m: float, accuracy_m: float | None) -> list[str]:
    """What somebody who looks at the case later should know about the position."""
    found = {
        "far_from_point": away_m > FAR_M,
        "accuracy_unknown": accuracy_m is None,
        "low_accuracy": (accuracy_m or 0) > ROUGH_M,
    }
    return [name for name, holds in found.items() if holds]
