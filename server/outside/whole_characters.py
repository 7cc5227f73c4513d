"""Texts cut between characters as people see them: an emoji of a family is one, of seven code points."""
from __future__ import annotations

import regex

_CHARACTERS = regex.compile(r"\X")


def cut_whole(text: str, most: int) -> str:
    """As many whole characters from its beginning as have that many code points at most."""
    end = 0
    for character in _CHARACTERS.finditer(text):
        if character.end() > most:
            break
        end = character.end()
    return text[:end]
