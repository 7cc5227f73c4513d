"""Regions, which all areas share."""
from __future__ import annotations

from server.composition.ground import Ground
from server.domain.regions import RegionService
from server.outside.regions import NationalRegions


def build_regions(ground: Ground) -> RegionService:
    """The national list, not yet read."""
    return RegionService(NationalRegions(ground.heavy_work).read)
