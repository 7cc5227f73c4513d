"""Serial numbers that collectors look for, told by a stated rule."""
from __future__ import annotations

from datetime import date
from typing import Literal

Fancy = Literal["solid", "radar", "ladder", "repeater", "birthday", "low"]

LOW_BELOW = 1000
FIRST_YEAR = 1900
LAST_YEAR = 2099


def name_fancies(serial: str) -> tuple[Fancy, ...]:
    """What is fancy about a serial number, by its number: the longest run of digits in it, the last of those that are equally long.

    The letters before and after the number do not count. A number of fewer than six digits is nothing. A number may be several things:
    solid: all its digits are the same.
    radar: it reads the same from both ends, and is not solid.
    ladder: all its digits go up by one, or all down by one, without passing from 9 to 0.
    repeater: one group of two to half as many digits, told twice or more, and not solid.
    birthday: eight digits that are a day of the calendar, year first, from 1900 to 2099.
    low: below 1000, and not zero.
    """
    number = _find_number(serial)
    if len(number) < 6:
        return ()
    solid = len(set(number)) == 1
    rules: dict[Fancy, bool] = {
        "solid": solid,
        "radar": not solid and number == number[::-1],
        "ladder": _is_ladder(number),
        "repeater": not solid and _repeats(number),
        "birthday": _is_day(number),
        "low": 0 < int(number) < LOW_BELOW,
    }
    return tuple(name for name, holds in rules.items() if holds)


def _find_number(serial: str) -> str:
    runs = "".join(sign if "0" <= sign <= "9" else " " for sign in serial).split()
    return max(reversed(runs), key=len, default="")


def _is_ladder(number: str) -> bool:
    return {int(after) - int(before) for before, after in zip(number, number[1:])} in ({1}, {-1})


def _repeats(number: str) -> bool:
    size = len(number)
    return any(size % part == 0 and number == number[:part] * (size // part) for part in range(2, size // 2 + 1))


def _is_day(number: str) -> bool:
    if len(number) != 8 or not FIRST_YEAR <= int(number[:4]) <= LAST_YEAR:
        return False
    try:
        date(int(number[:4]), int(number[4:6]), int(number[6:]))
    except ValueError:
        return False
    return True
