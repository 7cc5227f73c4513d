"""What the shop has set: texts by their keys, which clients and rules ask for."""
from __future__ import annotations

from typing import Annotated, Protocol

from msgspec import Meta, Struct

from server.domain.changes import Cause
from server.domain.clock import Clock
from server.domain.mall.furniture import Furniture
from server.domain.nouns import ADD, NOBODY, Noun, NounService, NounStore, Revision, about

Key = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.-]+$")]
Value = Annotated[str, Meta(max_length=20_000)]
Remark = Annotated[str, Meta(max_length=200)]


class Settings(Protocol):
    """The mall's system parameters."""

    async def get_value(self, key: str) -> str:
        """Empty if it was never set, or is switched off."""


async def whole_number(settings: Settings, key: str, usual: int) -> int:
    """The usual one, unless a whole number is set."""
    text = (await settings.get_value(key)).strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else usual


class SettingTerms(Struct, frozen=True, kw_only=True):
    """An empty value switches it off: clients keep what they were told last, so a key that was ever set is told for ever."""

    value: Annotated[Value, about("值", "Value")] = ""
    remark: Annotated[Remark, about("说明", "Remark")] = ""


class NewSetting(SettingTerms, frozen=True, kw_only=True):
    key: Annotated[Key, about("键", "Key")]


class Setting(SettingTerms, frozen=True, kw_only=True):
    id: Annotated[str, about("键", "Key")]
    revision: Revision = 0


SETTINGS = Noun(
    area="mall",
    name="settings",
    zh="系统参数",
    en="Settings",
    made=Setting,
    terms=SettingTerms,
    new=NewSetting,
    id=str,
    label="id",
    searched=("id", "value", "remark"),
    sorted=("id",),
    is_kept=True,
)


class SettingDesk(NounService[Setting]):
    """The staff's work on settings. One that is added again is changed."""

    def __init__(self, settings: NounStore[Setting], kept: Furniture[Setting], clock: Clock):
        super().__init__(SETTINGS, settings, clock, kept.rules())
        self._settings = settings

    async def try_out(self, terms: Struct) -> None:
        """All that fits the form is taken."""

    async def add(self, terms: Struct, cause: Cause = NOBODY) -> Setting:
        """Raises ChangedMeanwhile."""
        assert isinstance(terms, NewSetting)
        if await self._settings.find(terms.key) is not None:
            return await self.change(terms.key, SettingTerms(value=terms.value, remark=terms.remark), cause)
        made = Setting(id=terms.key, value=terms.value, remark=terms.remark, revision=1)
        await self._settings.add(made, self.entry(ADD, None, made, cause))
        await self.rules.note_changed()
        return made


class SettingService:
    """Implements Settings, from memory."""

    def __init__(self, kept: Furniture[Setting]):
        self._kept = kept

    @property
    def version(self) -> object | None:
        """As Furniture has it."""
        return self._kept.version

    async def find(self, key: str) -> str | None:
        """None if it was never set."""
        found = {one.id: one.value for one in await self._kept.list_all()}
        return found.get(key)

    async def get_value(self, key: str) -> str:
        return await self.find(key) or ""
