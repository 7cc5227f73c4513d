"""HTML that people write: only what shows something is kept of it."""
from __future__ import annotations

from functools import cache
from typing import Protocol, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from server.domain.nouns import read_about

Terms = TypeVar("Terms", bound=Struct)


class HtmlCleaner(Protocol):
    """Takes away what runs, loads other pages, or covers what is around it."""

    async def clean(self, html: str) -> str:
        """The same again when it is cleaned again. Raises Unavailable."""


async def with_clean_html(terms: Terms, cleaner: HtmlCleaner) -> Terms:
    """With all of its fields that are HTML cleaned. Raises Unavailable."""
    written = {name: getattr(terms, name) for name in _html_fields(type(terms))}
    return replace(terms, **{name: await cleaner.clean(html) for name, html in written.items() if html})


@cache
def _html_fields(struct: type[Struct]) -> tuple[str, ...]:
    return tuple(name for name, about in read_about(struct).items() if about.kind == "html")
