"""Places and registers, one file a noun."""

from __future__ import annotations

from geodata.models.area import Area, AreaLevel, standing
from geodata.models.building import Building, BuildingUse, Dwelling, Entrance
from geodata.models.care import CareGroup, CareLevel, CareMembership
from geodata.models.cell import Cell, Edition, EditionState
from geodata.models.component import Component
from geodata.models.context import ContextFeature, ContextKind
from geodata.models.household import Household, Membership, Residence, ResidenceKind
from geodata.models.organisation import Organisation
from geodata.models.person import LifeState, Person, Sex
from geodata.models.tiles import TileDirt

__all__ = [
    "Area",
    "AreaLevel",
    "Building",
    "BuildingUse",
    "CareGroup",
    "CareLevel",
    "CareMembership",
    "Cell",
    "Component",
    "ContextFeature",
    "ContextKind",
    "Dwelling",
    "Edition",
    "EditionState",
    "Entrance",
    "Household",
    "LifeState",
    "Membership",
    "Organisation",
    "Person",
    "Residence",
    "ResidenceKind",
    "Sex",
    "TileDirt",
    "standing",
]
