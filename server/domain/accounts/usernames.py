"""Usernames: what they look like, and the identity that each leads to."""
from __future__ import annotations

import hashlib
import re

from server.domain.errors import Conflict, InvalidInput
from server.domain.spelling import small_letters

MIN_USERNAME_CHARACTERS = 3
MAX_USERNAME_CHARACTERS = 32
USERNAME = re.compile(r"[A-Za-z0-9]+")


class UsernameTaken(Conflict):
    """Somebody has this username, or had it: names are not given out twice."""


def check_username(text: str, field: str = "username") -> str:
    """The username itself: ASCII letters and digits, 3 to 32. Raises InvalidInput, naming the field."""
    if not text:
        raise InvalidInput({field: ["required"]})
    if len(text) < MIN_USERNAME_CHARACTERS:
        raise InvalidInput({field: [f"too_short:{MIN_USERNAME_CHARACTERS}"]})
    if len(text) > MAX_USERNAME_CHARACTERS:
        raise InvalidInput({field: [f"too_long:{MAX_USERNAME_CHARACTERS}"]})
    if not USERNAME.fullmatch(text):
        raise InvalidInput({field: ["letters_and_digits"]})
    return text


def username_identity(username: str) -> str:
    """One for all spellings. A digest, so that it can stay with a deleted user and keep the name taken without telling it.

    What is not ASCII is nobody's name, and like no other.
    """
    return f"username:{hashlib.sha256(small_letters(username).encode()).hexdigest()}"
