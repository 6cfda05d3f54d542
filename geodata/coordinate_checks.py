"""What is wrong with a pair of numbers: checks of degrees and the errors that name the fault."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geodata.errors import DomainError
from geodata.errors import mark as _

_MESSAGES = {
    "coordinate_not_number": _("A coordinate must be a number."),
    "coordinate_not_finite": _("A coordinate must be a finite number."),
    "coordinate_out_of_range": _("The coordinate lies outside the range of its datum."),
    "coordinate_axes_swapped": _("Longitude and latitude seem to be exchanged."),
    "coordinate_in_metres": _("The coordinate is in metres, but its datum uses degrees."),
    "coordinate_in_degrees": _("The coordinate is in degrees, but its datum uses metres."),
    "coordinate_zone_prefix": _("The easting carries zone number %(zone)s in front; its datum has none."),
    "coordinate_zone_prefix_missing": _("The easting lacks the zone number that its datum puts in front."),
}

_NUMBERS = (float, int, np.floating, np.integer)
_NO_NUMBERS = (bool, np.bool_)

# No place on land has these as longitude and latitude, while exchanged they lie in China.
_SWAPPED_LON = (27.0, 50.0)
_SWAPPED_LAT = (73.0, 90.0)


def coordinate_error(code: str, **data: Any) -> DomainError:
    """The error for one of the known faults; the pair itself stays out of it."""
    return DomainError(code=code, message=_MESSAGES[code], data=data)


def number(value: Any) -> float:
    """A finite float from a real number. Errors: coordinate_not_number, coordinate_not_finite."""
    if isinstance(value, _NO_NUMBERS) or not isinstance(value, _NUMBERS):
        raise coordinate_error("coordinate_not_number")
    try:
        result = float(value)
    except OverflowError:
        raise coordinate_error("coordinate_not_finite") from None
    if not math.isfinite(result):
        raise coordinate_error("coordinate_not_finite")
    return result


def check_degrees(lon: float, lat: float) -> None:
    """Raises the error of a finite pair that cannot be longitude and latitude."""
    if -180.0 <= lon <= 180.0 and -90.0 <= lat <= 90.0:
        if _SWAPPED_LON[0] <= lon <= _SWAPPED_LON[1] and lat >= _SWAPPED_LAT[0]:
            raise coordinate_error("coordinate_axes_swapped")
        return
    if abs(lon) > 1000.0 or abs(lat) > 1000.0:
        raise coordinate_error("coordinate_in_metres")
    if -90.0 <= lon <= 90.0 and -180.0 <= lat <= 180.0:
        raise coordinate_error("coordinate_axes_swapped")
    raise coordinate_error("coordinate_out_of_range")


def good_degrees(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Where `check_degrees` and `number` would pass; NaN and infinities are not good."""
    inside = (lon >= -180.0) & (lon <= 180.0) & (lat >= -90.0) & (lat <= 90.0)
    swapped = (lon >= _SWAPPED_LON[0]) & (lon <= _SWAPPED_LON[1]) & (lat >= _SWAPPED_LAT[0])
    result: NDArray[np.bool_] = inside & ~swapped
    return result
