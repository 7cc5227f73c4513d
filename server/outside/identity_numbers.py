"""Which numbers of Chinese identity cards can be: by their check digit, day of birth and place."""
from __future__ import annotations

from stdnum.cn import ric
from stdnum.exceptions import ValidationError


class ChineseIdentityNumbers:
    """Implements IdentityNumbers."""

    def find_number(self, text: str) -> str | None:
        try:
            return ric.validate(text)
        except ValidationError:
            return None
