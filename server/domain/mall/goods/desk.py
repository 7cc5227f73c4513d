"""The staff's work on goods: what is decided of them, and the pieces that come in."""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated, Protocol, TypeVar

from msgspec import Meta, Struct
from msgspec.structs import replace

from server.domain.changes import Cause, Change
from server.domain.clock import Clock
from server.domain.errors import Conflict, InvalidInput, NotFound
from server.domain.mall.categories import Category
from server.domain.mall.freights import Freight
from server.domain.mall.goods.counts import CountStore
from server.domain.mall.goods.goods import MOST_PIECES, Goods, GoodsTerms, OptionGroup, Property, counted
from server.domain.mall.goods.shelf import Shelf
from server.domain.mall.html import HtmlCleaner, with_clean_html
from server.domain.mall.shops import Shop
from server.domain.nouns import (
    ADD,
    CHANGE,
    NOBODY,
    REMOVE,
    Action,
    ChangedMeanwhile,
    Id,
    Noun,
    NounService,
    NounStore,
    Rules,
    about,
)
from server.domain.transactions import Transaction, Transactions
from server.domain.turns import in_turn

Named = TypeVar("Named", bound=Struct)


class TooFewFree(Conflict):
    """More pieces would be taken out than are free; the others are held by orders or sold. `where` tells which count."""

    def __init__(self, where: str):
        super().__init__(where)
        self.where = where


class GoodsStore(NounStore[Goods], Protocol):
    """Where goods are kept; those that were removed are found by nobody."""

    async def next_revision(self) -> int:
        """Of all goods together."""

    async def next_part_ids(self, count: int) -> list[int]:
        """Numbers for properties, values, price rows, groups and options."""

    async def next_ids(self, count: int) -> list[int]: ...

    async def add_many(self, made: list[Goods], changes: list[Change], within: Transaction) -> None:
        """With a change for each."""

    async def has_any(self, **values: object) -> bool: ...


class Restock(Struct, frozen=True, kw_only=True):
    """Pieces that come in, or go out if it is negative: of the goods, or of a price row, a day or a slot of it."""

    number: Annotated[Annotated[int, Meta(ge=-MOST_PIECES, le=MOST_PIECES)], about("数量", "Pieces")]
    sku_id: Annotated[Annotated[int, Meta(ge=0, le=2**53 - 1)], about("规格编号", "Price row")] = 0
    day: Annotated[str, about("日期", "Day")] = ""
    slot: Annotated[str, about("时段", "Slot")] = ""


class GoodsRules(Rules[Goods]):
    """Goods name a category, a shop and a freight template that are there; each price row one value of each property."""

    def __init__(
        self,
        goods: GoodsStore,
        categories: NounStore[Category],
        shops: NounStore[Shop],
        freights: NounStore[Freight],
        cleaner: HtmlCleaner,
        clock: Clock,
    ):
        self._goods = goods
        self._cleaner = cleaner
        self._categories = categories
        self._shops = shops
        self._freights = freights
        self._clock = clock

    async def make(self, noun: Noun[Goods], id: int, terms: GoodsTerms, before: Goods | None) -> Goods:
        problems = await self._find_problems(terms)
        if problems:
            raise InvalidInput(problems)
        return await self._complete(id, await self._goods.next_revision(), terms, before)

    async def make_all(self, terms: Sequence[GoodsTerms]) -> list[Goods]:
        """New ones, of terms that were found to have no problem; all of one revision."""
        revision, ids = await self._goods.next_revision(), await self._goods.next_ids(len(terms))
        return [await self._complete(id, revision, one, None) async for id, one in in_turn(zip(ids, terms))]

    async def _complete(self, id: int, revision: int, terms: GoodsTerms, before: Goods | None) -> Goods:
        now = self._clock.now()
        clean = await with_clean_html(terms, self._cleaner)
        values = {name: getattr(clean, name) for name in GoodsTerms.__struct_fields__}
        values |= await self._numbered(terms, before)
        added_at = now if before is None else before.added_at
        return Goods(**values, id=id, revision=revision, added_at=added_at, changed_at=now)

    async def _find_problems(self, terms: GoodsTerms) -> dict[str, list[str]]:
        problems: dict[str, list[str]] = {}
        if await self._categories.find(terms.category_id) is None:
            problems["category_id"] = ["unknown"]
        if terms.shop_id and await self._shops.find(terms.shop_id) is None:
            problems["shop_id"] = ["unknown"]
        if terms.freight_id and await self._freights.find(terms.freight_id) is None:
            problems["freight_id"] = ["unknown"]
        return problems | find_problems_of_parts(terms)

    async def _numbered(self, terms: GoodsTerms, before: Goods | None) -> dict[str, object]:
        """Parts with numbers: those of a name that was there keep theirs."""
        properties = {one.name: one for one in (before.properties if before else ())}
        groups = {one.name: one for one in (before.option_groups if before else ())}
        skus = {one.values: one.id for one in (before.skus if before else ())}
        wanted = [1 + len(one.values) for one in terms.properties] + [1 + len(one.options) for one in terms.option_groups]
        fresh = iter(await self._goods.next_part_ids(sum(wanted) + len(terms.skus)))

        def number(known: int | None) -> int:
            new = next(fresh)
            return known or new

        def make_property(one: Property) -> Property:
            known = properties.get(one.name)
            values = {value.name: value.id for value in (known.values if known else ())}
            return replace(
                one,
                id=number(known.id if known else None),
                values=tuple(replace(value, id=number(values.get(value.name))) for value in one.values),
            )

        def make_group(one: OptionGroup) -> OptionGroup:
            known = groups.get(one.name)
            options = {option.name: option.id for option in (known.options if known else ())}
            return replace(
                one,
                id=number(known.id if known else None),
                options=tuple(replace(option, id=number(options.get(option.name))) for option in one.options),
            )

        return {
            "properties": tuple(make_property(one) for one in terms.properties),
            "option_groups": tuple(make_group(one) for one in terms.option_groups),
            "skus": tuple(replace(one, id=number(skus.get(one.values))) for one in terms.skus),
            "slots": tuple(sorted(terms.slots, key=lambda one: (one.day, one.name))),
            "days": tuple(sorted(terms.days, key=lambda one: one.day)),
            "steps": tuple(sorted(terms.steps, key=lambda one: one.number)),
            "after_sale": tuple(sorted(set(terms.after_sale))),
        }


class GoodsDesk(NounService[Goods]):
    """Goods and their counts change together. Raises TooFewFree where a count would have fewer pieces than are held and sold."""

    def __init__(
        self,
        goods: GoodsStore,
        counts: CountStore,
        categories: NounStore[Category],
        shops: NounStore[Shop],
        freights: NounStore[Freight],
        shelf: Shelf,
        cleaner: HtmlCleaner,
        transactions: Transactions,
        clock: Clock,
    ):
        self._goods_rules = GoodsRules(goods, categories, shops, freights, cleaner, clock)
        super().__init__(GOODS, goods, clock, self._goods_rules)
        self._things = goods
        self._counts = counts
        self._shelf = shelf
        self._transactions = transactions

    async def add(self, terms: Struct, cause: Cause = NOBODY) -> Goods:
        """Raises InvalidInput."""
        made = await self.rules.make(self.noun, await self._things.next_id(), terms, None)
        await self._write(None, made, self.entry(ADD, None, made, cause))
        return made

    async def add_all(self, terms: Sequence[GoodsTerms], cause: Cause = NOBODY) -> list[Goods]:
        """All of them or none; what is wrong with them has been found before."""
        made = await self._goods_rules.make_all(terms)
        entries = [self.entry(ADD, None, one, cause) async for one in in_turn(made)]

        async def work(within: Transaction) -> None:
            await self._things.add_many(made, entries, within)
            await self._counts.begin({one.id: counted(one) for one in made}, entries, within)

        await self._transactions.run(work)
        self._shelf.forget()
        return made

    async def change(self, id: Id, terms: object, cause: Cause = NOBODY, *, revision: int | None = None) -> Goods:
        """Raises NotFound, InvalidInput, ChangedMeanwhile and TooFewFree."""
        before = await self._get_at(id, revision)
        after = await self.rules.make(self.noun, before.id, self._complete(before, terms), before)  # type: ignore[arg-type]
        await self._write(before, after, self.entry(CHANGE, before, after, cause))
        return after

    async def restock(self, id: Id, cause: Cause, terms: Restock) -> Goods:
        """Raises NotFound, InvalidInput, ChangedMeanwhile and TooFewFree."""
        before = await self.get(id)
        after = _restocked(before, terms)
        after = replace(after, revision=await self._things.next_revision(), changed_at=self._clock.now())
        await self._write(before, after, self.entry("restock", before, after, cause))
        return after

    async def remove(self, id: Id, cause: Cause = NOBODY, *, revision: int | None = None) -> None:
        """It is sold no more; orders keep what they have of it. Raises NotFound and ChangedMeanwhile."""
        before = await self._get_at(id, revision)
        now = self._clock.now()
        after = replace(before, removed_at=now, changed_at=now, revision=await self._things.next_revision())
        if not await self._things.save(before, after, self.entry(REMOVE, before, None, cause)):
            raise ChangedMeanwhile()
        self._shelf.forget()

    async def _write(self, before: Goods | None, after: Goods, entry: Change) -> None:
        async def work(within: Transaction) -> None:
            if before is None:
                await self._things.add(after, entry, within)
            elif not await self._things.save(before, after, entry, within):
                raise ChangedMeanwhile()
            lacking = await self._counts.set_came_in(after.id, counted(after), entry, within)
            if lacking is not None:
                raise TooFewFree(lacking)

        await self._transactions.run(work)
        self._shelf.forget()


class FurnitureUses:
    """Implements CategoryUses and FreightUses."""

    def __init__(self, goods: GoodsStore):
        self._goods = goods

    async def has_goods_of(self, category_id: int) -> bool:
        return await self._goods.has_any(category_id=category_id)

    async def has_goods_sent_by(self, freight_id: int) -> bool:
        return await self._goods.has_any(freight_id=freight_id)


GOODS = Noun(
    area="mall",
    name="goods",
    zh="商品",
    en="Goods",
    made=Goods,
    terms=GoodsTerms,
    searched=("name", "bar_code", "tags"),
    sorted=("id", "name", "price", "sort", "category_id", "added_at", "changed_at"),
    filtered=("category_id", "shop_id", "freight_id", "is_on_shelf", "is_recommended"),
    order=("-id",),
    raises=(TooFewFree,),
    actions=(Action("restock", "入库", "Restock", GoodsDesk.restock, input=Restock),),
)


def find_problems_of_parts(terms: GoodsTerms) -> dict[str, list[str]]:
    """By field, of what stands in the goods alone."""
    problems: dict[str, list[str]] = {}
    if bool(terms.properties) != bool(terms.skus) or not _fit(terms):
        problems["skus"] = ["not_the_properties"]
    if (terms.flash_from is None) != (terms.flash_until is None):
        problems["flash_until"] = ["required"]
    for name, keys in (
        ("skus", [one.values for one in terms.skus]),
        ("properties", [one.name for one in terms.properties]),
        ("option_groups", [one.name for one in terms.option_groups]),
        ("days", [one.day for one in terms.days]),
        ("slots", [(one.day, one.name) for one in terms.slots]),
        ("steps", [one.number for one in terms.steps]),
        ("additional_prices", [one.name for one in terms.additional_prices]),
    ):
        if len(set(keys)) < len(keys):
            problems[name] = ["repeated"]
    return problems


def _fit(terms: GoodsTerms) -> bool:
    """Whether each price row has one value of each property."""
    known = [{value.name for value in one.values} for one in terms.properties]
    return all(
        len(sku.values) == len(known) and all(name in values for name, values in zip(sku.values, known)) for sku in terms.skus
    )


def _restocked(goods: Goods, terms: Restock) -> Goods:
    def more(rows: Iterable[Named], is_it: object) -> tuple[Named, ...]:
        found = [replace(one, stock=getattr(one, "stock") + terms.number) if is_it(one) else one for one in rows]  # type: ignore[operator]
        if found == list(rows):
            raise NotFound("row")
        if any(getattr(one, "stock") < 0 for one in found):
            raise TooFewFree(str(goods.id))
        return tuple(found)

    if terms.number == 0:
        raise InvalidInput({"number": ["required"]})
    if terms.sku_id:
        return replace(goods, skus=more(goods.skus, lambda one: one.id == terms.sku_id))
    if terms.slot:
        return replace(goods, slots=more(goods.slots, lambda one: (one.day, one.name) == (terms.day, terms.slot)))
    if terms.day:
        return replace(goods, days=more(goods.days, lambda one: one.day == terms.day))
    if goods.skus or goods.days or goods.slots:
        raise InvalidInput({"sku_id": ["required"]})
    return more([goods], lambda one: True)[0]
