"""The area of the mall."""
from __future__ import annotations

from server.composition.accounts import Accounts
from server.composition.ground import Ground
from server.domain.mall.adjustments import AdjustmentDesk
from server.domain.mall.ledger import Ledger
from server.domain.mall.members import MemberService, MiniProgramLogin
from server.services import MallServices
from server.storage.mall import MallStores


def build_mall(stores: MallStores, accounts: Accounts, ground: Ground) -> MallServices:
    """The services of the mall. Its tokens are the accounts' kind, and good for nothing else."""
    clock = ground.clock
    users = accounts.services.users
    members = MemberService(stores.members, users, accounts.services.profiles, accounts.mall_tokens, clock)
    ledger = Ledger(stores.ledger, ground.transactions, clock)
    return MallServices(
        tokens=accounts.mall_tokens,
        members=members,
        mini_program=MiniProgramLogin(accounts.codes, users, members),
        ledger=ledger,
        adjustments=AdjustmentDesk(
            stores.adjustments, ledger, users, ground.transactions, clock, most_alone=ground.config.mall_adjusted_alone
        ),
    )
