"""The shelves: every offer in memory, in every order that was asked for.

A list takes as long with 10,000 offers as with 100: what matches is sorted once and kept; when an offer changes, or the clock
moves it from phase to phase, that one is taken out of the sorted lists and put where it belongs.
"""
from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from heapq import heappop, heappush

from server.domain.groupbuy.offers import Phase, State, phase_of
from server.domain.groupbuy.questions import SORT_KEYS, Entry, Order, Question

MOST_LISTS = 200  # kept sorted; of 10,000 numbers each, about 16 MB
MOST_PUT_IN = 50  # entries at once that are put into the sorted lists; with more, sorting anew is cheaper


class Shelves:
    """Lists offers by memory alone; as true as what was last put there."""

    def __init__(self) -> None:
        self._entries: dict[int, Entry] = {}
        self._turned_to: datetime | None = None  # the moment of the phases; None: they are not sorted
        self._turns: list[tuple[datetime, int]] = []  # heap of when which offer enters another phase, perhaps no longer
        self._phases: dict[Phase | None, dict[int, Entry]] = {}
        self._lists: dict[tuple[Question, Order], list[int]] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def find(self, offer_id: int) -> Entry | None:
        return self._entries.get(offer_id)

    def fill(self, entries: Iterable[Entry]) -> None:
        """These and no others."""
        self._entries = {entry.id: entry for entry in entries}
        self._forget()

    def put(self, entries: Sequence[Entry]) -> None:
        """Takes the newer state of some; one that is removed goes. An older one than known changes nothing."""
        if len(entries) > MOST_PUT_IN:
            self._forget()
        for entry in entries:
            known = self._entries.get(entry.id)
            if known is not None and known.revision > entry.revision:
                continue
            if known is not None:
                self._take_out(known)
            if entry.removed_at is None:
                self._put_in(entry)

    def any(self, accepts: Callable[[Entry], bool]) -> bool:
        return any(map(accepts, self._entries.values()))

    def page_ids(self, question: Question, order: Order, now: datetime, first: int, rows: int) -> tuple[list[int], int]:
        """At most so many of those that match, from the one at `first`; and how many match."""
        self._turn_to(now)
        ids = self._list(question, order)
        return ids[first : first + rows], len(ids)

    def _list(self, question: Question, order: Order) -> list[int]:
        found = self._lists.get((question, order))
        if found is None:
            if len(self._lists) >= MOST_LISTS:
                self._lists.clear()
            found = self._lists[question, order] = self._sort(question, order)
        return found

    def _sort(self, question: Question, order: Order) -> list[int]:
        shelf = self._entries if question.phase is None else self._phases.get(question.phase, {})
        return [entry.id for entry in sorted(filter(question.accepts, shelf.values()), key=SORT_KEYS[order])]

    def _forget(self) -> None:
        self._turned_to = None
        self._turns.clear()
        self._phases.clear()
        self._lists.clear()

    def _turn_to(self, now: datetime) -> None:
        """Puts offers into the phases where the clock has them."""
        if self._turned_to is None or now < self._turned_to:
            self._forget()
            self._turned_to = now
            for entry in self._entries.values():
                self._put_into_phase(entry, now)
            return
        due = self._take_due(now)
        if len(due) > MOST_PUT_IN:
            self._turned_to = None
            return self._turn_to(now)
        for entry in due:
            self._take_out(entry)
        if due:
            self._turned_to = now  # all others are in the same phase as before
        for entry in due:
            self._put_in(entry)

    def _take_due(self, now: datetime) -> list[Entry]:
        """Offers that may have entered another phase by now."""
        ids = set()
        while self._turns and self._turns[0][0] <= now:
            ids.add(heappop(self._turns)[1])
        return [self._entries[offer_id] for offer_id in ids if offer_id in self._entries]

    def _put_into_phase(self, entry: Entry, now: datetime) -> None:
        phase = phase_of(entry.state, entry.start_at, entry.end_at, now)
        self._phases.setdefault(phase, {})[entry.id] = entry
        if entry.state is State.APPROVED:
            for moment in (entry.start_at, entry.end_at):
                if moment > now:
                    heappush(self._turns, (moment, entry.id))

    def _put_in(self, entry: Entry) -> None:
        self._entries[entry.id] = entry
        if self._turned_to is not None:
            self._put_into_phase(entry, self._turned_to)
        for ids, place in self._places(entry):
            ids.insert(place, entry.id)

    def _take_out(self, entry: Entry) -> None:
        for ids, place in self._places(entry):
            del ids[place]
        for shelf in self._phases.values():
            shelf.pop(entry.id, None)
        del self._entries[entry.id]

    def _places(self, entry: Entry) -> Iterator[tuple[list[int], int]]:
        """Where it stands or would stand, in each list that has it or would have it."""
        if self._turned_to is None:  # then there are no lists
            return
        phase = phase_of(entry.state, entry.start_at, entry.end_at, self._turned_to)
        for (question, order), ids in self._lists.items():
            if question.phase in (None, phase) and question.accepts(entry):
                key = SORT_KEYS[order]
                yield ids, bisect_left(ids, key(entry), key=lambda offer_id: key(self._entries[offer_id]))
