"""Nouns: what operators manage, each declared once, and the work on them, which is the same for all.

A declaration is a struct that is kept (with `id` and `revision`), one that tells what operators decide of it, and a Noun that says
how it is searched, sorted and filtered. What is particular stands in its Rules.
"""
from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Annotated, Any, Generic, Protocol, TypeVar, get_type_hints

from msgspec import Meta, Struct, convert, to_builtins
from msgspec.structs import FieldInfo, fields, replace

from server.domain.changes import Cause, Change
from server.domain.clock import Clock
from server.domain.errors import Conflict, NotFound
from server.domain.paging import ListQuery, Page, PageQuery
from server.domain.transactions import Transaction

NOBODY = Cause()
ADD, CHANGE, REMOVE = "add", "change", "remove"  # verbs of the log; an action's is its own

Id = int | str
NOTHINGS_ID: dict[type, Id] = {int: -1, str: ""}  # that nothing has or will have


class ChangedMeanwhile(Conflict):
    """Somebody else changed it meanwhile; what was decided was decided on an older one."""


class InUse(Conflict):
    """It cannot go: others stand under it or name it. `what` tells which others."""

    def __init__(self, what: str):
        super().__init__(what)
        self.what = what


# ---- what is told of a field


@dataclass(frozen=True)
class About:
    """What people are told of a field: its titles, of which kind it is, what its numbers mean.

    `kind` is one of: text, long_text, html, number, money (fen), switch, time, choice, picture, reference, list, order.
    """

    zh: str
    en: str
    kind: str
    refers_to: str | None = None  # the full name of another noun
    labels: tuple[tuple[Any, str, str], ...] = ()  # value, Chinese, English


def about(
    zh: str,
    en: str,
    kind: str | None = None,
    *,
    refers_to: str | None = None,
    labels: Mapping[Any, tuple[str, str]] | None = None,
    owner: str | None = None,
) -> Meta:
    """For a field's annotation. Without a kind it is told from the field's type.

    With an `owner` it is the order of things of another noun, those which that filter of theirs finds by the thing that is acted on.
    """
    told: dict[str, Any] = {"x-titles": {"zh": zh, "en": en}}
    if owner is not None:
        told |= {"x-kind": "order", "x-refers-to": refers_to, "x-owner": owner}
    elif refers_to is not None:
        told |= {"x-kind": "reference", "x-refers-to": refers_to}
    elif labels is not None:
        known = [{"value": to_builtins(value), "zh": words[0], "en": words[1]} for value, words in labels.items()]
        told |= {"x-kind": "choice", "x-labels": known}
    elif kind is not None:
        told["x-kind"] = kind
    return Meta(extra_json_schema=told)


KINDS: tuple[tuple[type, str], ...] = ((bool, "switch"), (int, "number"), (datetime, "time"), (str, "text"))


@cache
def hints_of(struct: type[Struct]) -> dict[str, Any]:
    """Of its fields, with what stands beside their types. Read once: it takes most of the time in which a process starts."""
    return get_type_hints(struct, include_extras=True)


@cache
def fields_of(struct: type[Struct]) -> tuple[FieldInfo, ...]:
    return fields(struct)


@cache
def read_about(struct: type[Struct]) -> dict[str, About]:
    """Every field that has titles, `id` first."""
    hints = hints_of(struct)
    names = sorted((field.name for field in fields_of(struct)), key=lambda name: name != "id")
    return {name: found for name in names if (found := _read_hint(hints[name])) is not None}


def _read_hint(hint: Any) -> About | None:
    told: dict[str, Any] = {}
    for meta in getattr(hint, "__metadata__", ()):
        told |= meta.extra_json_schema or {}
    if "x-titles" not in told:
        return None
    labels = tuple((one["value"], one["zh"], one["en"]) for one in told.get("x-labels", ()))
    return About(**told["x-titles"], kind=told.get("x-kind") or kind_of(hint), refers_to=told.get("x-refers-to"), labels=labels)


def kind_of(hint: Any) -> str:
    """Of a field whose annotation does not tell it."""
    plain = getattr(hint, "__origin__", hint) if hasattr(hint, "__metadata__") else hint
    members = [one for one in getattr(plain, "__args__", ()) if one is not type(None)] if _is_optional(plain) else [plain]
    return next((kind for known, kind in KINDS if members[0] is known), "list")


def _is_optional(hint: Any) -> bool:
    return type(None) in getattr(hint, "__args__", ())


NumberId = Annotated[int, about("编号", "Id")]
Revision = Annotated[int, about("版本", "Revision")]

# ---- the declaration

Made = TypeVar("Made", bound=Struct)


@dataclass(frozen=True)
class Action:
    """Something that is done to one thing: `run` gets the noun's service, the id, the cause, and the input if there is any.

    A dangerous one asks for the second factor again. One for admins is done by no other operator, whoever changes the noun.
    """

    verb: str
    zh: str
    en: str
    run: Callable[..., Awaitable[Any]]
    needs_reason: bool = False
    input: type[Struct] | None = None
    is_dangerous: bool = False
    is_for_admins: bool = False


@dataclass(frozen=True, kw_only=True)
class Noun(Generic[Made]):
    """One kind of thing. `terms` is what operators decide of it, `new` where more is decided when it is added; None: not by a form.

    `shown` is what they see of it, if that is not what is kept. `order` stands when no other is asked for, `label` is the field that
    tells one from another. `filtered` may name fields of `filters`, which are no fields of what is kept. `is_kept`: none is removed.
    """

    area: str
    name: str
    zh: str
    en: str
    made: type[Made]
    terms: type[Struct] | None = None
    new: type[Struct] | None = None
    shown: type[Struct] | None = None
    id: type = int
    key: str = "id"  # what the id is called where it is shown
    label: str = "name"
    searched: tuple[str, ...] = ("name",)
    sorted: tuple[str, ...] = ("id", "name")
    filtered: tuple[str, ...] = ()
    filters: type[Struct] | None = None
    order: tuple[str, ...] = ("id",)
    actions: tuple[Action, ...] = ()
    is_kept: bool = False
    removal_is_dangerous: bool = False
    raises: tuple[type[Conflict], ...] = ()  # what its rules and actions raise beyond InUse and ChangedMeanwhile

    @property
    def full_name(self) -> str:
        return f"{self.area}.{self.name}"

    @property
    def sight(self) -> type[Struct]:
        return self.shown or self.made


class NounStore(Protocol[Made]):
    """Where the things of one noun are kept; a change and its entry in the log are written together or not at all."""

    async def find(self, id: Any) -> Made | None: ...

    async def list_all(self, *order: str, **values: Any) -> list[Made]:
        """Those with these values, in that order; by id if there is none."""

    async def page(self, query: ListQuery, page: PageQuery) -> Page[Made]: ...

    def each(self, query: ListQuery) -> AsyncIterator[Made]:
        """All that match, few at a time."""

    async def add(self, made: Made, change: Change | None = None, within: Transaction | None = None) -> None: ...

    async def save(self, before: Made, after: Made, change: Change | None = None, within: Transaction | None = None) -> bool:
        """False if somebody changed it since `before` was read."""

    async def remove(self, before: Made, change: Change | None = None) -> bool:
        """False if somebody changed it since it was read."""

    async def next_id(self) -> Any: ...


class Rules(Generic[Made]):
    """What a noun asks beyond the form of its fields. These are the rules of one that asks nothing."""

    def tidy_id(self, id: Any) -> Any:
        """An id as it is kept, of one as people write it."""
        return id

    def tidy_filters(self, filters: dict[str, Any]) -> dict[str, Any]:
        """What the store is asked for."""
        return filters

    async def refresh(self) -> None:
        """Called before anything is read or decided."""

    def show(self, made: Made) -> Struct:
        """What operators see of it."""
        return made

    async def make(self, noun: Noun[Made], id: Any, terms: Any, before: Made | None) -> Made:
        """What will be kept of these terms, with the next revision. Raises InvalidInput, InUse and other conflicts."""
        known = {"revision": 0} if before is None else plain(before)
        made = convert({**known, **plain(terms), "id": id, "revision": known["revision"] + 1}, noun.made)
        await self.check(made, before)
        return made

    async def check(self, after: Made, before: Made | None) -> None:
        """Before it is added (`before` is None) or changed. Raises InvalidInput and InUse."""

    async def check_unused(self, made: Made) -> None:
        """Before it is removed. Raises InUse."""

    async def note_changed(self) -> None:
        """After a change was written."""


class NounService(Generic[Made]):
    """Operators' work on one noun. What two of them decide at once, the first one decides; the other gets ChangedMeanwhile."""

    def __init__(self, noun: Noun[Made], store: NounStore[Made], clock: Clock, rules: Rules[Made] | None = None):
        self.noun = noun
        self.rules: Rules[Made] = rules or Rules()
        self._store = store
        self._clock = clock

    async def page(self, query: ListQuery, page: PageQuery) -> Page[Made]:
        await self.rules.refresh()
        return await self._store.page(self._tidy(query), page)

    async def each(self, query: ListQuery) -> AsyncIterator[Made]:
        """All that match, few at a time."""
        await self.rules.refresh()
        async for made in self._store.each(self._tidy(query)):
            yield made

    async def list_all(self) -> list[Made]:
        """In the noun's usual order."""
        return await self._store.list_all(*self.noun.order)

    async def get(self, id: Id) -> Made:
        """Raises NotFound."""
        await self.rules.refresh()
        found = await self._store.find(self.rules.tidy_id(id))
        if found is None:
            raise NotFound(self.noun.name)
        return found

    async def add(self, terms: Struct, cause: Cause = NOBODY) -> Made:
        """Raises InvalidInput, and what the noun's rules raise."""
        await self.rules.refresh()
        made = await self.rules.make(self.noun, await self._store.next_id(), terms, None)
        await self._store.add(made, self.entry(ADD, None, made, cause))
        await self.rules.note_changed()
        return made

    async def try_out(self, terms: Struct) -> None:
        """Raises what `add` would of these terms, as far as the rules tell it beforehand."""
        await self.rules.refresh()
        await self.rules.make(self.noun, NOTHINGS_ID[self.noun.id], terms, None)

    async def change(self, id: Id, terms: Struct | Mapping[str, Any], cause: Cause = NOBODY, *, revision: int | None = None) -> Made:
        """All that operators decide, or the fields that are given; on what was read at that revision, if one is given.

        Raises NotFound, InvalidInput, ChangedMeanwhile, and what the noun's rules raise.
        """

        async def apply(before: Made) -> Made:
            return await self.rules.make(self.noun, getattr(before, "id"), self._complete(before, terms), before)

        return await self.act(id, CHANGE, cause, apply, revision=revision)

    async def act(
        self, id: Id, verb: str, cause: Cause, apply: Callable[[Made], Awaitable[Made]], *, revision: int | None = None
    ) -> Made:
        """Changes it by a function that gives what it becomes. Raises NotFound, ChangedMeanwhile, and what the function raises."""
        before = await self._get_at(id, revision)
        after = await apply(before)
        if not await self._store.save(before, after, self.entry(verb, before, after, cause)):
            raise ChangedMeanwhile()
        await self.rules.note_changed()
        return after

    async def become(self, id: Id, verb: str, cause: Cause, **values: Any) -> Made:
        """Changes these values and no others. Raises NotFound and ChangedMeanwhile."""

        async def apply(before: Made) -> Made:
            return replace(before, **values, revision=getattr(before, "revision") + 1)

        return await self.act(id, verb, cause, apply)

    async def remove(self, id: Id, cause: Cause = NOBODY, *, revision: int | None = None) -> None:
        """Raises NotFound, InUse and ChangedMeanwhile."""
        before = await self._get_at(id, revision)
        await self.rules.check_unused(before)
        if not await self._store.remove(before, self.entry(REMOVE, before, None, cause)):
            raise ChangedMeanwhile()
        await self.rules.note_changed()

    def entry(self, verb: str, before: Made | None, after: Made | None, cause: Cause) -> Change:
        """For the log."""
        return entry_of(self.noun.full_name, verb, before, after, cause, self._clock.now())

    async def _get_at(self, id: Id, revision: int | None) -> Made:
        before = await self.get(id)
        if revision is not None and getattr(before, "revision") != revision:
            raise ChangedMeanwhile()
        return before

    def _complete(self, before: Made, terms: Struct | Mapping[str, Any]) -> Struct:
        if isinstance(terms, Struct):
            return terms
        assert self.noun.terms is not None
        kept = {field.name: getattr(before, field.name) for field in fields_of(self.noun.terms)}
        return self.noun.terms(**{**kept, **terms})

    def _tidy(self, query: ListQuery) -> ListQuery:
        filters = self.rules.tidy_filters(query.filters)
        return ListQuery(filters=filters, text=query.text, searched=self.noun.searched, order=query.order or self.noun.order)


def entry_of(noun: str, verb: str, before: Struct | None, after: Struct | None, cause: Cause, at: datetime) -> Change:
    """The log's entry of what became of one thing of that noun."""
    thing = after if after is not None else before
    old, new = (None if one is None else to_builtins(one) for one in (before, after))
    if old is not None and new is not None:
        differing = {name for name in new if new[name] != old.get(name)}
        old, new = ({name: one[name] for name in one if name in differing} for one in (old, new))
    return Change(
        noun=noun,
        thing_id=str(getattr(thing, "id")),
        verb=verb,
        user_id=cause.user_id,
        at=at,
        before=old,
        after=new,
        reason=cause.reason,
    )


def plain(struct: Struct) -> dict[str, Any]:
    """Its fields as `convert` takes them."""
    return to_builtins(struct, builtin_types=(datetime,))
