"""What can go wrong with shipping addresses."""
from __future__ import annotations

from server.domain.mall.shipping import AddressBookFull, AddressMissing
from server.web.dialect import Failure

ERRORS: dict[type[Exception], Failure] = {
    AddressMissing: Failure(200, "700", "收货地址不存在", "There is no such address"),
    AddressBookFull: Failure(200, "20000", "最多保存 {most} 个收货地址", "At most {most} addresses are kept"),
}
