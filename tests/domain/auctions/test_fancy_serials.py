"""Which serial numbers are fancy."""
from __future__ import annotations

import pytest

from server.domain.auctions.fancy_serials import name_fancies


@pytest.mark.parametrize("serial, fancies", [
    ("AA88888888", ("solid",)),
    ("J012344321", ()),
    ("J12344321", ("radar",)),
    ("J12345678", ("ladder",)),
    ("J98765432", ("ladder",)),
    ("J78901234", ()),
    ("J45674567", ("repeater",)),
    ("J12121212", ("repeater",)),
    ("J20240229", ("birthday",)),
    ("J20230229", ()),
    ("J18991231", ()),
    ("J20011002", ("radar", "birthday")),
    ("J00000999", ("low",)),
    ("J00001000", ()),
    ("J00000000", ("solid",)),
    ("123456 J 88888888 X", ("solid",)),
    ("111111/234567", ("ladder",)),
    ("J12345", ()),
    ("１２３４５６", ()),
    ("", ()),
])
def test_a_serial_number_is_fancy_by_the_stated_rule(serial: str, fancies: tuple[str, ...]) -> None:
    assert name_fancies(serial) == fancies
