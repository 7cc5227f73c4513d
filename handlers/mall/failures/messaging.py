"""What can go wrong with what the mall does by WeChat."""
from __future__ import annotations

from server.domain.mall.messaging.js_sdk import JsSdkOff
from server.domain.mall.messaging.messages import (
    MessagesFull,
    MessagesOff,
    NoAddress,
    NotSentYet,
    NotTaken,
    ThingMissing,
)
from server.web.dialect import Failure

NOT_OPEN = Failure(200, "800", "暂未开通", "The mall has no such account of WeChat's")

ERRORS: dict[type[Exception], Failure] = {
    JsSdkOff: NOT_OPEN,
    MessagesOff: NOT_OPEN,
    NoAddress: Failure(200, "20001", "请先绑定微信", "WeChat does not know you by that account"),
    ThingMissing: Failure(200, "700", "没有对应的业务数据", "There is no such thing of yours"),
    MessagesFull: Failure(200, "20002", "等待发送的消息太多", "Too many messages wait already"),
    NotTaken: Failure(200, "20000", "微信拒绝发送：{reason}", "WeChat does not take it: {reason}"),
    NotSentYet: Failure(200, "800", "服务暂时不可用，请稍后重试", "Temporarily unavailable; please try again"),
}
