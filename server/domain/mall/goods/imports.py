"""Imports: what puts the goods of a sheet into the mall, all of them or none."""
from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from msgspec import Struct

from server.domain.auctions.imports import Problem, Row
from server.domain.cells import look_of
from server.domain.changes import Cause
from server.domain.errors import InvalidInput
from server.domain.mall.categories import Category
from server.domain.mall.freights import Freight
from server.domain.mall.goods.columns import OF_A_CHOICE, OF_THE_FIRST, SPECS, Line, find_missing, gathered, read_line
from server.domain.mall.goods.desk import GoodsDesk, find_problems_of_parts
from server.domain.mall.goods.goods import Goods, GoodsTerms, Property, Sku, Value
from server.domain.mall.shops import Shop
from server.domain.nouns import NounStore
from server.domain.turns import in_turn

MOST_LINES = 2000  # of a sheet: so many goods are written within one transaction's time
PATH = "/"  # between the names of categories, from the top


class SheetRefused(InvalidInput):
    """The sheet cannot be sold as it is; `found` are all problems of all its rows, in order."""

    def __init__(self, found: Sequence[Problem]):
        super().__init__({f"{one.line}.{one.column}": [one.reason] for one in found} or {"file": ["required"]})
        self.found = tuple(found)


class Sheets(Protocol):
    """Reads files that were sent."""

    async def read_rows(self, content: bytes, name: str) -> list[Row]:
        """The rows below the headings. Raises InvalidInput where the file is no sheet that can be read, and Unavailable."""


class KnownGoods(Protocol):
    async def find_known(self, name: str, values: Sequence[str]) -> set[str]:
        """Which of the values goods that are there have in that field."""


class ReadGoods(Struct, frozen=True):
    """Goods of a sheet, and where they begin in it."""

    line: int
    terms: GoodsTerms


class ImportPreview(Struct, frozen=True):
    """What a sheet would put into the mall; nothing, if there is any problem."""

    goods: list[ReadGoods]
    problems: list[Problem]


class GoodsImports:
    """Imports sheets of goods."""

    def __init__(
        self,
        sheets: Sheets,
        desk: GoodsDesk,
        goods: KnownGoods,
        categories: NounStore[Category],
        shops: NounStore[Shop],
        freights: NounStore[Freight],
    ):
        self._sheets = sheets
        self._desk = desk
        self._goods = goods
        self._categories = categories
        self._shops = shops
        self._freights = freights

    async def preview(self, content: bytes, name: str) -> ImportPreview:
        """What would be put there, and every problem by row and column; writes nothing. Raises as `Sheets` does."""
        return await self.check(await self._sheets.read_rows(content, name))

    async def check(self, rows: Sequence[Row]) -> ImportPreview:
        """As `preview`, of rows that were read before."""
        if not rows:
            raise SheetRefused([])
        if len(rows) > MOST_LINES:
            raise InvalidInput({"file": [f"too_many_lines:{MOST_LINES}"]})
        problems = find_missing(rows[0])
        if problems:
            return ImportPreview([], problems)
        read = [read_line(row) async for row in in_turn(rows)]
        problems = [problem for _, found in read for problem in found]
        names = await self._list_names()
        goods: list[ReadGoods] = []
        groups = gathered(line for line, _ in read)
        async for group in in_turn(groups):
            values, found = _resolved(group[0], names)
            found += [*_find_lacking(group[0]), *_find_differences(group)]
            problems += found
            terms = None if found else _terms(values, group)
            if terms is not None:
                problems += _find_misfits(terms, group)
                goods.append(ReadGoods(group[0].number, terms))
        problems += [*_repeats(groups, "name"), *_repeats(groups, "bar_code")]
        problems += [*await self._find_known(groups, "name"), *await self._find_known(groups, "bar_code")]
        return ImportPreview(goods, sorted(problems, key=lambda one: one.line))

    async def import_goods(self, content: bytes, name: str, cause: Cause) -> list[Goods]:
        """All of the sheet. Raises SheetRefused, and as `preview` does; then none is there."""
        found = await self.preview(content, name)
        if found.problems:
            raise SheetRefused(found.problems)
        return await self._desk.add_all([one.terms for one in found.goods], cause)

    async def _list_names(self) -> dict[str, dict[str, list[int]]]:
        """Field → what a cell may say → whose ids that may be."""
        shops = [(one.id, (one.name, str(one.id))) for one in await self._shops.list_all()]
        freights = [(one.id, (one.name, str(one.id))) for one in await self._freights.list_all()]
        tree = {one.id: one for one in await self._categories.list_all()}
        categories = [(one.id, (one.name, _path(one, tree), str(one.id))) for one in tree.values()]
        return {"category_id": _by_name(categories), "shop_id": _by_name(shops), "freight_id": _by_name(freights)}

    async def _find_known(self, groups: list[list[Line]], field: str) -> list[Problem]:
        """A sheet that is imported again puts nothing there twice."""
        told = {group[0].values[field]: group[0] for group in groups if group[0].values.get(field)}
        known = await self._goods.find_known(field, list(told))
        return [told[text].problem(field, "taken", text) for text in told if text in known]


def _by_name(things: Sequence[tuple[int, tuple[str, ...]]]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for id, names in things:
        for name in dict.fromkeys(names):
            found.setdefault(name, []).append(id)
    return found


def _path(category: Category, tree: Mapping[int, Category]) -> str:
    above = tree.get(category.parent_id)
    return category.name if above is None else f"{_path(above, tree)}{PATH}{category.name}"


def _resolved(line: Line, names: Mapping[str, Mapping[str, list[int]]]) -> tuple[dict[str, Any], list[Problem]]:
    """Names of categories, shops and templates by their ids."""
    values: dict[str, Any] = {**line.values}
    problems: list[Problem] = []
    for field in (one for one in names if one in values):
        text = PATH.join(part.strip() for part in values[field].split(PATH))
        ids = names[field].get(text, [])
        if len(ids) == 1:
            values[field] = ids[0]
        else:
            problems.append(line.problem(field, "ambiguous" if ids else "unknown", text))
    return values, problems


def _find_lacking(first: Line) -> Iterator[Problem]:
    return (first.problem(field, "required") for field in OF_THE_FIRST if field in first.empty)


def _find_differences(group: list[Line]) -> Iterator[Problem]:
    """What is said of a goods in several rows is the same, or said once."""
    first = group[0]
    names = [name for name, _ in first.specs]
    for line in group[1:]:
        for field, value in line.values.items():
            if field not in (*OF_A_CHOICE, SPECS) and value != first.values.get(field):
                yield line.problem(field, f"differs:{first.number}", str(value))
        if [name for name, _ in line.specs] != names:
            yield line.problem(SPECS, f"differs:{first.number}")


def _terms(values: dict[str, Any], group: list[Line]) -> GoodsTerms | None:
    """None where a cell that they need could not be read."""
    if not all(name in values for name in ("name", "category_id", "pictures", "price")) or not all("price" in one.values for one in group):
        return None
    values = {name: value for name, value in values.items() if name != SPECS}
    names = [name for name, _ in group[0].specs]
    if not names:
        return GoodsTerms(**values)
    chosen = [dict(line.specs) for line in group]
    properties = tuple(
        Property(name=name, values=tuple(Value(name=value) for value in dict.fromkeys(one[name] for one in chosen))) for name in names
    )
    skus = tuple(
        Sku(
            values=tuple(value for _, value in line.specs),
            price=line.values["price"],
            original_price=line.values.get("original_price", 0),
            points=line.values.get("points", 0),
            stock=line.values.get("stock", 0),
        )
        for line in group
    )
    least = min(group, key=lambda line: line.values["price"]).values
    about = {name: least[name] for name in OF_A_CHOICE if name in least and name != "stock"}
    return GoodsTerms(**{**values, **about, "stock": 0, "properties": properties, "skus": skus})


def _find_misfits(terms: GoodsTerms, group: list[Line]) -> list[Problem]:
    return [group[-1].problem(SPECS, reason) for reasons in find_problems_of_parts(terms).values() for reason in reasons]


def _repeats(groups: list[list[Line]], field: str) -> Iterator[Problem]:
    """No two goods of a sheet may have the same, or what looks the same."""
    first: dict[str, tuple[str, int]] = {}
    for line in (group[0] for group in groups):
        text = line.values.get(field)
        if text:
            seen, number = first.setdefault(look_of(text), (text, line.number))
            if number != line.number:
                yield line.problem(field, f"repeated_line:{number}" if seen == text else f"looks_like:{number}", text)
