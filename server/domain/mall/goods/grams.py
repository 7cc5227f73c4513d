"""An index of texts by what two characters stand side by side in them, and by single ones: Chinese has no spaces to part words by."""
from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator

MOST_STALE = 0.3  # of the entries, before all are made anew


class Grams:
    """Finds texts that hold all of some words, by looking at few. What was put again or removed is told by the texts themselves."""

    def __init__(self) -> None:
        self._texts: dict[int, str] = {}
        self._places: dict[str, array[int]] = {}
        self._entries = self._stale = 0

    def put(self, id: int, text: str) -> None:
        """In place of what it was before."""
        if self._texts.get(id) == text:
            return
        self.remove(id)
        self._texts[id] = text
        self._index(id, text)

    def remove(self, id: int) -> None:
        gone = self._texts.pop(id, None)
        if gone is not None:
            self._stale += sum(1 for _ in _grams(gone))
            if self._stale > MOST_STALE * self._entries:
                self._make_anew()

    def find(self, words: Iterable[str]) -> set[int]:
        """Ids of the texts that hold every word, of which there is one at least, somewhere."""
        wanted = [word for word in words if word]
        texts = self._texts
        nothing: array[int] = array("Q")
        fewest = min((self._places.get(gram, nothing) for word in wanted for gram in _grams(word)), key=len)
        return {id for id in fewest if id in texts and all(word in texts[id] for word in wanted)}

    def _index(self, id: int, text: str) -> None:
        for gram in _grams(text):
            self._places.setdefault(gram, array("Q")).append(id)
            self._entries += 1

    def _make_anew(self) -> None:
        self._places, self._entries, self._stale = {}, 0, 0
        for id, text in self._texts.items():
            self._index(id, text)


def _grams(text: str) -> Iterator[str]:
    """Each once."""
    if len(text) == 1:
        yield text
    else:
        yield from {*text, *(text[at : at + 2] for at in range(len(text) - 1))}
