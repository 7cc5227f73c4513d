"""What chapters of what is read write alike."""
from __future__ import annotations

import re
from collections.abc import Iterable

from handlers.mall.shapes import labels_in
from server.domain.errors import InvalidInput
from server.domain.mall.goods.goods import Label

MOST_LABELS, MOST_LABEL_CHARACTERS, MOST_NAME_CHARACTERS = 30, 2000, 64
OWN_ADDRESS = re.compile(r'\b(src|href|poster)="/(?!/)')


def absolute_in(html: str, origin: str) -> str:
    """Cleaned HTML whose addresses of this server carry its name: phones have no page that they could be relative to."""
    return OWN_ADDRESS.sub(rf'\1="{origin}/', html)


def labels_given(text: str | None, field: str) -> tuple[Label, ...]:
    """Raises InvalidInput, naming the field."""
    found = labels_in(text, field)
    if len(found) > MOST_LABELS or any(len(name) > MOST_NAME_CHARACTERS for name in found):
        raise InvalidInput({field: ["wrong_form"]})
    if any(len(value) > MOST_LABEL_CHARACTERS for value in found.values()):
        raise InvalidInput({field: [f"too_long:{MOST_LABEL_CHARACTERS}"]})
    return tuple(Label(name=name, text=value) for name, value in found.items())


def told(labels: Iterable[Label]) -> dict[str, str]:
    """As `extJson`."""
    return {one.name: one.text for one in labels}
