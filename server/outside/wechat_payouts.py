"""Pays withdrawals out by WeChat's merchant transfer (商家转账): the payee takes each in WeChat, or it comes back."""
from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from server.domain.errors import Unavailable
from server.domain.mall.payments.payouts import PayoutState, PayoutWord
from server.domain.mall.wallet.withdrawals import PayeeUnknown, Withdrawal
from server.outside.wechat_pay import MOST_REASON_CHARACTERS, PAYOUT_STATES, RETRY_AFTER_SECONDS, WechatPay

log = logging.getLogger(__name__)

PATH = "/v3/fund-app/mch-transfer/transfer-bills"
NAMED_FROM = 30  # fen: of less WeChat does not take the payee's name
REMARK = "余额提现"


class WechatPayouts:
    """Implements Payouts. `scene` is the one that WeChat has opened for the merchant; its report says what the money is for."""

    def __init__(self, pay: WechatPay, scene: str):
        self._pay = pay
        self._scene = scene
        self.merchant = pay.merchant.number
        self.app_id = pay.merchant.app_id

    async def send(self, withdrawal: Withdrawal, open_id: str) -> PayoutWord:
        if not open_id:
            raise PayeeUnknown()
        wanted: dict[str, Any] = {
            "appid": self.app_id,
            "out_bill_no": withdrawal.number,
            "transfer_scene_id": self._scene,
            "openid": open_id,
            "transfer_amount": withdrawal.amount,
            "transfer_remark": REMARK,
            "notify_url": self._pay.merchant.notify_url,
            "transfer_scene_report_infos": [
                {"info_type": "岗位类型", "info_content": "会员"},
                {"info_type": "报酬说明", "info_content": REMARK},
            ],
        }
        sealed_for = ""
        if withdrawal.name and withdrawal.amount >= NAMED_FROM:
            sealed_for, wanted["user_name"] = await self._pay.seal(withdrawal.name)
        status, answer = await self._pay.ask("POST", PATH, wanted, sealed_for=sealed_for)
        if status == 200:
            return _read(withdrawal, answer)
        # What it refuses to begin it may have begun before.
        word = await self.find_word(withdrawal)
        if word.state is not PayoutState.UNKNOWN:
            return word
        reason = f"{answer.get('code', status)}: {answer.get('message', '')}"
        return PayoutWord(state=PayoutState.REJECTED, reason=reason[:MOST_REASON_CHARACTERS])

    async def find_word(self, withdrawal: Withdrawal) -> PayoutWord:
        status, answer = await self._pay.ask("GET", f"{PATH}/out-bill-no/{quote(withdrawal.number)}", None)
        if status == 404:
            return PayoutWord(state=PayoutState.UNKNOWN)
        if status != 200:
            raise Unavailable("wechat pay", RETRY_AFTER_SECONDS)
        return _read(withdrawal, answer)


def _read(withdrawal: Withdrawal, answer: Mapping[str, Any]) -> PayoutWord:
    """Raises Unavailable if it is about something else."""
    state = PAYOUT_STATES.get(str(answer.get("state")))
    is_same = answer.get("out_bill_no") == withdrawal.number
    if state is None or not is_same or answer.get("transfer_amount", withdrawal.amount) != withdrawal.amount:
        log.error("WeChat Pay's answer about payout %s is not the one expected", withdrawal.number)
        raise Unavailable("wechat pay", RETRY_AFTER_SECONDS)
    return PayoutWord(
        state=state,
        package=str(answer.get("package_info") or ""),
        receipt=str(answer.get("transfer_bill_no") or ""),
        reason=str(answer.get("fail_reason") or "")[:MOST_REASON_CHARACTERS],
    )
