"""Cleans HTML by nh3, a parser of browsers' own rules: what it does not know to be harmless goes."""
from __future__ import annotations

import nh3

from server.outside.heavy_work import HeavyWork

SHORT_CHARACTERS = 2000  # cleaned in less time than a thread takes to be asked
TAGS = nh3.ALLOWED_TAGS | {"audio", "font", "section", "source", "u", "video"}
SCHEMES = {"http", "https", "mailto", "tel"}
# Nothing that places a part over others, or loads something.
STYLES = {
    *("color", "background-color", "opacity", "vertical-align", "float", "clear", "display", "overflow"),
    *("font", "font-family", "font-size", "font-style", "font-weight", "line-height", "letter-spacing", "white-space", "word-break"),
    *("text-align", "text-decoration", "text-indent", "list-style-type", "box-sizing"),
    *("width", "min-width", "max-width", "height", "min-height", "max-height"),
    *(f"{kind}{side}" for kind in ("margin", "padding", "border") for side in ("", "-top", "-right", "-bottom", "-left")),
    *("border-color", "border-style", "border-width", "border-radius", "border-collapse", "border-spacing"),
}
MEDIA = {"src", "width", "height", "controls", "loop", "muted", "poster"}
ATTRIBUTES = {
    **nh3.ALLOWED_ATTRIBUTES,
    "*": {"style", "title", "align"},
    "video": MEDIA,
    "audio": MEDIA,
    "source": {"src", "type"},
    "font": {"color", "size", "face"},
}

_cleaner = nh3.Cleaner(tags=TAGS, attributes=ATTRIBUTES, url_schemes=SCHEMES, filter_style_properties=STYLES)


class NhHtmlCleaner:
    """Implements HtmlCleaner."""

    def __init__(self, work: HeavyWork):
        self._work = work

    async def clean(self, html: str) -> str:
        if len(html) <= SHORT_CHARACTERS:
            return _cleaner.clean(html)
        return await self._work.run(_cleaner.clean, html)
