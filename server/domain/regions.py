"""Regions: provinces, cities, districts and streets of the national list, by their statistical codes of twelve digits."""
from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence

from msgspec import Struct

from server.domain.errors import NotFound

PROVINCE, CITY, DISTRICT, STREET = 1, 2, 3, 4
CODE_CHARACTERS = 12
# How much of a code tells a province, a city, a district; the rest of it is zeros.
_TELLING = {PROVINCE: 2, CITY: 4, DISTRICT: 6}

# What stands between a municipality and its districts. An address, WeChat's too, has the municipality's own name there, once.
WITHIN_MUNICIPALITY = ("市辖区", "县")
LEAST_SHORT_NAME = 2  # characters by which a name may be found: 北京 is 北京市


class Region(Struct, frozen=True):
    """One of the list. `level`: 1 province, 2 city, 3 district, 4 street; a city without districts has its streets in their place."""

    code: str
    name: str
    level: int
    parent_code: str | None


class Regions:
    """The whole list in memory: all but the streets ready, those as the text that they came in until they are asked for."""

    def __init__(self, text: str):
        """`text`: a line a region, in the order of the codes: the code, a tabulator, the name."""
        self._known: dict[str, Region] = {}
        self._children: dict[str | None, list[Region]] = {}
        self._instead: dict[str, str] = {}  # a code of the list that is not kept → the one that stands for it
        streets: dict[str, list[str]] = {}
        for line in text.splitlines():
            code, _, name = line.partition("\t")
            above = self._above(code)
            if above is not None and above.level == DISTRICT:
                streets.setdefault(above.code, []).append(line)
            else:
                self._add(code, name, above)
        self._streets = {district: "\n".join(lines) for district, lines in streets.items()}

    def _add(self, code: str, name: str, above: Region | None) -> None:
        if above is not None and above.level == PROVINCE and name in WITHIN_MUNICIPALITY:
            name = above.name
            if above.code in self._children:  # 重庆 has two of them, for districts and for counties
                self._instead[code] = self._children[above.code][0].code
                return
        region = Region(code, name, above.level + 1 if above else PROVINCE, above.code if above else None)
        self._known[code] = region
        self._children.setdefault(region.parent_code, []).append(region)

    def _above(self, code: str) -> Region | None:
        """What the region with that code lies in: the nearest that is known of what its code begins with."""
        for level in (DISTRICT, CITY, PROVINCE):
            wider = code[: _TELLING[level]].ljust(CODE_CHARACTERS, "0")
            found = self._known.get(self._instead.get(wider, wider))
            if found is not None and wider != code:
                return found
        return None

    def list_level(self, level: int) -> list[Region]:
        """All provinces, all cities or all that stand where districts do."""
        return [region for region in self._known.values() if region.level == level]

    def list_children(self, code: str | None) -> list[Region]:
        """In the order of the codes; of None the provinces, of a street none. Raises NotFound."""
        if code is not None:
            self.get_path(code)
        return [*self._children.get(code, ()), *self._read_streets(code or "")]

    def get_path(self, code: str) -> list[Region]:
        """From the province down to the region of that code. Raises NotFound."""
        district = code[: _TELLING[DISTRICT]].ljust(CODE_CHARACTERS, "0")
        region = self._known.get(code) or next((street for street in self._read_streets(district) if street.code == code), None)
        if region is None:
            raise NotFound("region")
        above = [] if region.parent_code is None else self.get_path(region.parent_code)
        return [*above, region]

    def find_nearest_path(self, code: str) -> list[Region]:
        """From the province down, as far as the list still has what the code is of: other editions have other regions."""
        try:
            return self.get_path(code)
        except NotFound:
            above = self._above(code)
            return [] if above is None else self.get_path(above.code)

    def find_path(self, names: Sequence[str]) -> list[Region]:
        """From the province down, as far as the names are those of regions; a name that is cut short will do where it leaves no doubt."""
        path: list[Region] = []
        for name in names:
            found = _find(self.list_children(path[-1].code if path else None), name.strip())
            if found is None:
                break
            path.append(found)
        return path

    def _read_streets(self, district: str) -> Iterator[Region]:
        for line in self._streets.get(district, "").splitlines():
            code, _, name = line.partition("\t")
            yield Region(code, name, STREET, district)


def _find(regions: Sequence[Region], name: str) -> Region | None:
    named = [region for region in regions if region.name == name]
    if not named and name in WITHIN_MUNICIPALITY and len(regions) == 1:
        named = list(regions)
    if not named and len(name) >= LEAST_SHORT_NAME:
        named = [region for region in regions if region.name.startswith(name)]
    return named[0] if len(named) == 1 else None


class RegionService:
    """The national list. It is read when somebody first asks, off the event loop, and then kept."""

    def __init__(self, read: Callable[[], Awaitable[Regions]]):
        self._read = read
        self._reading = asyncio.Lock()
        self._regions: Regions | None = None

    async def open(self) -> Regions:
        """Raises Unavailable when too much else is to be done first."""
        async with self._reading:
            if self._regions is None:
                self._regions = await self._read()
            return self._regions
