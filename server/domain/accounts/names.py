"""Names as others see them: one line that shows something and leaves the writing around it alone."""
from __future__ import annotations

import re
import unicodedata

from server.domain.errors import InvalidInput

MAX_NAME_CHARACTERS = 32  # what WeChat allows a nickname
NAME_WITHHELD = "微信用户"  # WeChat's own word for a user who does not tell their name
WHOLE = 3  # characters, from which on a shortened name shows the last one
MADE = "藏友"  # with the user's number
JOINERS = "\u200c\u200d"  # between the parts of an emoji, and in Persian; nothing by themselves
# Of what is never seen by itself, what people meet: controls, blanks, marks, characters that turn the writing round. As in a class of
# a regular expression of any make; scripts have marks of their own beside these.
UNSEEN = (
    r"\u0000-\u001f\u007f-\u009f\u00ad\u0300-\u036f\u061c\u115f\u1160\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u20d0-\u20ff\u2800"
    r"\u3164\ufe00-\ufe0f\ufe20-\ufe2f\ufeff\uffa0\ufff9-\ufffb"
)
BLANKS = "\u115f\u1160\u2800\u3164\uffa0"  # letters and symbols to Unicode, empty to the eye


def one_line(text: str) -> str:
    """Without line breaks, doubled space, controls, and characters that turn the writing round; empty if nothing would be seen."""
    line = " ".join("".join(one for one in text if one.isspace() or _may_stay(one)).split())
    return line if any(_is_seen(one) for one in line) else ""


def told_name(text: str) -> str:
    """One that came from elsewhere, as it is kept; empty if it tells nothing, or is nobody's to choose."""
    name = one_line(text)
    return "" if len(name) > MAX_NAME_CHARACTERS or is_reserved(name) else name


def made_name(user_id: int) -> str:
    """For who has told none: nobody else is called so."""
    return f"{MADE}{user_id}"


def shortened(name: str) -> str:
    """For those who need not know who it is; of a short name the last character would give all away."""
    return f"{name[:1]}**{name[-1] if len(name) >= WHOLE else ''}"


def is_reserved(name: str) -> bool:
    """Whether it is WeChat's word for no name, or looks like one that is made for somebody."""
    plain = re.sub(r"\s", "", unicodedata.normalize("NFKC", name))
    return plain == NAME_WITHHELD or re.fullmatch(MADE + r"\d+", plain) is not None


def tidy_name(text: str, field: str) -> str:
    """A name as it is kept: one line of 1 to 32 characters. Raises InvalidInput, naming the field."""
    name = one_line(text)
    if not name:
        raise InvalidInput({field: ["required"]})
    if len(name) > MAX_NAME_CHARACTERS:
        raise InvalidInput({field: [f"too_long:{MAX_NAME_CHARACTERS}"]})
    return name


def chosen_name(text: str, field: str, *, made: str = "") -> str:
    """As `tidy_name`, and not reserved, but that the one `made` for the same user may be. Raises InvalidInput, naming the field."""
    name = tidy_name(text, field)
    if name != made and is_reserved(name):
        raise InvalidInput({field: ["reserved"]})
    return name


def _may_stay(one: str) -> bool:
    return one in JOINERS or (one not in BLANKS and unicodedata.category(one) not in ("Cc", "Cf"))


def _is_seen(one: str) -> bool:
    # A mark alone has nothing to stand on.
    return not (one.isspace() or one in JOINERS or unicodedata.category(one).startswith("M"))
