"""Faces put together into connected regions near the wished weight: spopt's Ward or Max-p growth, then AZP to balance."""

from __future__ import annotations

import random
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import geopandas
import libpysal
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial.distance import pdist, squareform
from spopt.region import AZP, WardSpatial
from spopt.region.maxp import _construction_phase  # the annealing that follows it never ends on some graphs
from spopt.region.objective_function import ObjectiveFunction

from geodata.planning.faces import Faces

Floats = NDArray[np.float64]
Labels = NDArray[np.int_]

LEAST_BORDER_M = 5.0
"""Faces that share less border than this are no neighbours: a cell must not hang together by a corner."""
FLOOR = 0.75
"""Max-p lets no region stay below this share of the target."""
MOST_FACES_MAXP = 220
"""Beyond it Max-p takes too long; Ward starts alone."""
ROUNDNESS = 0.25
"""Weight of compactness against even size in the objective."""
CONSTRUCTIONS, MOST_STARTS = 12, 2
SEED = 20_260_101


class Evenness(ObjectiveFunction):  # type: ignore[misc]
    """Sum over regions of (weight / target − 1)² and of their spread around the middle. Smaller is better."""

    def __init__(self, target: float, spread: float) -> None:
        self._target = target
        self._spread = spread

    def __call__(self, labels: Labels, attr: Floats) -> float:
        """The whole objective; `attr` has east, north, weight, area."""
        return sum(self._cost(labels == region, attr) for region in np.unique(labels))

    def update(self, moving_area: int, recipient_region: int, labels: Labels, attr: Floats) -> float:
        """The change when one face goes over to another region."""
        donor, recipient = labels == labels[moving_area], labels == recipient_region
        before = self._cost(donor, attr) + self._cost(recipient, attr)
        donor[moving_area], recipient[moving_area] = False, True
        return self._cost(donor, attr) + self._cost(recipient, attr) - before

    def _cost(self, members: NDArray[np.bool_], attr: Floats) -> float:
        xy, weight, area = attr[members, :2], attr[members, 2].sum(), attr[members, 3]
        total = area.sum()
        if total == 0:
            return 0.0
        middle = (xy * area[:, None]).sum(axis=0) / total
        spread = (area * ((xy - middle) ** 2).sum(axis=1)).sum() / total
        return float((weight / self._target - 1) ** 2 + ROUNDNESS * spread / self._spread)


def group_faces(faces: Faces, weights: Floats, target: float) -> Labels:
    """A region number for every face: connected regions whose weight is about the target."""
    table, graph = _table(faces, weights), _graph(faces)
    labels = np.zeros(len(faces), dtype=int)
    first = 0
    for part in np.unique(graph.component_labels):
        members = np.flatnonzero(graph.component_labels == part)
        labels[members] = first + _group_connected(table, graph, members, target)
        first = int(labels.max()) + 1
    return _connected(labels, graph)


def _group_connected(table: Any, graph: Any, members: NDArray[np.int_], target: float) -> Labels:
    """Regions of one connected part; the better of two beginnings, both balanced."""
    part = table.iloc[members].reset_index(drop=True)
    wanted = min(round(float(part["weight"].sum()) / target), len(members))
    if wanted < 2:
        return np.zeros(len(members), dtype=int)
    w = libpysal.weights.w_subset(graph, list(members), silence_warnings=True)
    w = libpysal.weights.W(_renumbered(w.neighbors, members), silence_warnings=True)
    objective = Evenness(target, float(part["area"].sum()) / wanted)
    attr = part[["east", "north", "weight", "area"]].to_numpy()
    with _repeatable():
        tries = [_balanced(part, w, start, objective) for start in _beginnings(part, w, wanted, target)]
    best: Labels = min(tries, key=lambda labels: objective(labels, attr))
    return best


def _beginnings(part: Any, w: Any, wanted: int, target: float) -> Iterator[Labels]:
    ward = WardSpatial(part, w, ["east", "north"], wanted)
    ward.solve()
    yield np.asarray(ward.labels_, dtype=int)
    if len(part) > MOST_FACES_MAXP:
        return
    xy, weights = part[["east", "north"]].to_numpy(), part["weight"].to_numpy()
    distances = squareform(pdist(xy, metric="cityblock"))
    _regions, found = _construction_phase(
        np.arange(len(part)), xy, weights, distances, w, FLOOR * target, 2, CONSTRUCTIONS
    )
    for labels, _members, _weights in found[:MOST_STARTS]:
        if (np.asarray(labels) > 0).all():
            yield np.unique(labels, return_inverse=True)[1]


def _balanced(part: Any, w: Any, start: Labels, objective: Evenness) -> Labels:
    count = len(np.unique(start))
    if count < 2:
        return start
    model = AZP(
        part, w, ["east", "north", "weight", "area"], n_clusters=count, random_state=SEED,
        initial_labels=start.astype(float), objective_func=objective,
    )  # fmt: skip
    model.solve()
    return np.unique(np.asarray(model.labels_), return_inverse=True)[1]


def _table(faces: Faces, weights: Floats) -> Any:
    middles = shapely.get_coordinates(shapely.centroid(faces.shapes))
    columns = {
        "east": middles[:, 0],
        "north": middles[:, 1],
        "weight": weights,
        "area": shapely.area(faces.shapes),
    }
    return geopandas.GeoDataFrame(columns, geometry=list(faces.shapes))


def _graph(faces: Faces) -> Any:
    beside: dict[int, list[int]] = {k: [] for k in range(len(faces))}
    for (a, b), length in faces.borders.items():
        if length >= LEAST_BORDER_M:
            beside[a].append(b)
            beside[b].append(a)
    return libpysal.weights.W(beside, silence_warnings=True)


def _renumbered(neighbours: dict[int, list[int]], members: NDArray[np.int_]) -> dict[int, list[int]]:
    place = {int(face): k for k, face in enumerate(members)}
    return {place[face]: [place[other] for other in others] for face, others in neighbours.items()}


def _connected(labels: Labels, graph: Any) -> Labels:
    """Every region split into its connected parts, so that a cell is never two islands by accident."""
    result = np.full(len(labels), -1)
    count = 0
    for start in range(len(labels)):
        if result[start] >= 0:
            continue
        waiting = [start]
        result[start] = count
        while waiting:
            face = waiting.pop()
            for other in graph.neighbors[face]:
                if result[other] < 0 and labels[other] == labels[start]:
                    result[other] = count
                    waiting.append(other)
        count += 1
    return result


@contextmanager
def _repeatable() -> Iterator[None]:
    """The same input gives the same cells: spopt draws from the global generators, which are put back after."""
    numbers, plain = np.random.get_state(), random.getstate()
    np.random.seed(SEED % 2**32)
    random.seed(SEED)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        np.random.set_state(numbers)
        random.setstate(plain)
