"""What can go wrong with Alipay."""
from __future__ import annotations

from server.domain.mall.payments.transfers import (
    AlipayNotSet,
    PushRefused,
    TransferMissing,
    TransfersOff,
    TransferTaken,
    TransferVoid,
)
from server.web.dialect import Failure

ERRORS: dict[type[Exception], Failure] = {
    AlipayNotSet: Failure(200, "10000", "APILAY_USER_ID 系统参数未配置", "APILAY_USER_ID is not set"),
    TransfersOff: Failure(200, "404", "暂未开通支付宝转账", "No transfers are taken here"),
    PushRefused: Failure(200, "403", "签名错误", "It is not signed with the shop's secret"),
    TransferMissing: Failure(200, "404", "转账记录不存在", "No such transfer was pushed"),
    TransferVoid: Failure(200, "20000", "该转账记录已作废，请联系管理员", "The transfer is void; please ask the shop"),
    TransferTaken: Failure(200, "20001", "该转账记录已被认领", "Somebody has it already"),
}
