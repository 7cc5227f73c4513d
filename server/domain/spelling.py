"""Spellings that count as one: of ASCII alone. Unicode's rules make an `s` of ſ and a `k` of the Kelvin sign."""
from __future__ import annotations


def small_letters(text: str) -> str:
    """With small letters if it is ASCII; else as it stands, which is no spelling of anything in ASCII."""
    return text.lower() if text.isascii() else text


def capital_letters(text: str) -> str:
    """With capital letters if it is ASCII; else as it stands."""
    return text.upper() if text.isascii() else text
