"""Names as others see them: one line that shows something and leaves the writing around it alone."""
from __future__ import annotations

import unicodedata

from server.domain.errors import InvalidInput

MAX_NAME_CHARACTERS = 32  # what WeChat allows a nickname
JOINERS = "\u200c\u200d"  # between the parts of an emoji, and in Persian; nothing by themselves
BLANKS = "\u115f\u1160\u2800\u3164\uffa0"  # letters and symbols to Unicode, empty to the eye


def one_line(text: str) -> str:
    """Without line breaks, doubled space, controls, and characters that turn the writing round; empty if nothing would be seen."""
    line = " ".join("".join(one for one in text if one.isspace() or _may_stay(one)).split())
    return line if any(_is_seen(one) for one in line) else ""


def shown_name(nickname: str) -> str:
    """One that came from elsewhere, cut to what is shown; empty if it tells nothing."""
    return one_line(one_line(nickname)[:MAX_NAME_CHARACTERS])


def tidy_name(text: str, field: str) -> str:
    """A name as it is kept: one line of 1 to 32 characters. Raises InvalidInput, naming the field."""
    name = one_line(text)
    if not name:
        raise InvalidInput({field: ["required"]})
    if len(name) > MAX_NAME_CHARACTERS:
        raise InvalidInput({field: [f"too_long:{MAX_NAME_CHARACTERS}"]})
    return name


def _may_stay(one: str) -> bool:
    return one in JOINERS or (one not in BLANKS and unicodedata.category(one) not in ("Cc", "Cf"))


def _is_seen(one: str) -> bool:
    # A mark alone has nothing to stand on.
    return not (one.isspace() or one in JOINERS or unicodedata.category(one).startswith("M"))
