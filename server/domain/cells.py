"""Texts that people type into sheets: whether what is seen of them is what they are."""
from __future__ import annotations

import re
import unicodedata

from server.domain.accounts.names import BLANKS

_JOINER = "\u200d"  # makes one picture of several
_MODIFIERS = "\ufe0f\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff"  # of a picture: in colour, and of which skin
_BREAKS = "\t\n\r"  # seen as space
_UNSEEN = BLANKS + "\u034f\ufffc\ufffd"  # the last two stand for what has been lost
_UNSEEN_KINDS = ("Cc", "Cf", "Co", "Cs", "Zl", "Zp")

# Letters of Cyrillic and Greek, and the Latin ones that nobody can tell them from
_FOREIGN = "АВЕЅІЈКМНОРСТУХԌԚԜаеѕіјорсухԁһԛԝ" "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧοϲϳ"
_LATIN = "ABESIJKMHOPCTYXGQWaesijopcyxdhqw" "ABEZHIKMNOPTYXocj"
_LIKE_LATIN = dict(zip(map(ord, _FOREIGN), _LATIN, strict=True))
_LIKE_DIGITS = str.maketrans("OoIl|", "00111")  # as people take them for each other
_NO_ALPHABETS = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO", "KANGXI", "IDEOGRAPHIC")
_SPACE = re.compile(r"\s+")
_POWER = re.compile(r"[+-]?[0-9](?:\.[0-9]+)?E\+[0-9]{2,}", re.IGNORECASE)


def find_unseen(text: str) -> str | None:
    """The name of a character that is not seen, or turns the writing round; None if all can be seen."""
    if text.isascii() and text.isprintable():
        return None
    for at, one in enumerate(text):
        if one in _BREAKS or (one == _JOINER and _joins(text, at)):
            continue
        if one in _UNSEEN or unicodedata.category(one) in _UNSEEN_KINDS:
            return f"U+{ord(one):04X}"
    return None


def is_shortened(text: str) -> bool:
    """Whether it is what a spreadsheet makes of a number of many digits: 1.91431E+18."""
    return bool(_POWER.fullmatch(text.strip()))


def mixes_alphabets(text: str) -> bool:
    """Whether letters pass for those of another alphabet: among them, or all of them."""
    letters = [one for one in unicodedata.normalize("NFKC", text) if one.isalpha()]
    named = [(one, unicodedata.name(one, "").partition(" ")[0]) for one in letters]
    alphabets = {name for _, name in named if not name.startswith(_NO_ALPHABETS)}
    if len(alphabets) > 1:
        return True
    return bool(alphabets - {"LATIN"}) and all(ord(one) in _LIKE_LATIN for one, name in named if name in alphabets)


def look_of(text: str) -> str:
    """The same for texts that people take for each other: АB 1OO (with a Cyrillic А) and AB 100."""
    plain = unicodedata.normalize("NFKC", text).translate(_LIKE_LATIN).translate(_LIKE_DIGITS)
    dashed = "".join("-" if unicodedata.category(one) == "Pd" or one == "\u2212" else one for one in plain)
    return _SPACE.sub(" ", dashed.strip())


def _joins(text: str, at: int) -> bool:
    before, after = text[:at].rstrip(_MODIFIERS), text[at + 1 :]
    return bool(before and after) and {unicodedata.category(before[-1]), unicodedata.category(after[0])} == {"So"}
