"""Texts cut between characters as people see them: an emoji of a family is one, of seven code points."""
from __future__ import annotations

import regex

WHOLE = 3  # characters: of shorter names the last one would give all away

_CHARACTERS = regex.compile(r"\X")


def cut_whole(text: str, most: int) -> str:
    """As many whole characters from its beginning as have that many code points at most."""
    end = 0
    for character in _CHARACTERS.finditer(text):
        if character.end() > most:
            break
        end = character.end()
    return text[:end]


def shorten_name(name: str) -> str:
    """Its first and its last character, of short names the first alone, as pages tell a bidder's name to others."""
    characters: list[str] = _CHARACTERS.findall(name)
    return "".join((*characters[:1], "**", *(characters[-1:] if len(characters) >= WHOLE else ())))
