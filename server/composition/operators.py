"""The area of operators: their door, who they are, and their work on people."""
from __future__ import annotations

from dataclasses import dataclass

from server.composition.accounts import Accounts
from server.composition.area import Area
from server.composition.ground import Ground
from server.composition.stores import Stores
from server.domain.operators.door import DoorService
from server.domain.operators.factors import FactorService
from server.domain.operators.logins import OperatorLoginService
from server.domain.operators.merging import MergeService
from server.domain.operators.people import PeopleService, Sale
from server.domain.operators.personal import PersonalDataService
from server.domain.operators.staff import StaffService
from server.outside.time_codes import TotpCodes
from server.services import OperatorServices


@dataclass(frozen=True)
class Operators(Area):
    """The services, and merges that are decided beside requests."""

    services: OperatorServices
    merges: MergeService

    async def start(self) -> None:
        self.merges.start()

    async def stop(self) -> None:
        await self.merges.stop()


def build_operators(stores: Stores, accounts: Accounts, sale: Sale, ground: Ground) -> Operators:
    """On the accounts' users, passwords, tries and tokens; not yet started."""
    users, tokens, clock, guard = accounts.services.users, accounts.services.tokens, ground.clock, accounts.guard
    kept = stores.operators
    factors = FactorService(users, kept.factors, TotpCodes(), kept.logins, tokens, guard, clock)
    door = DoorService(stores.accounts.passwords, accounts.hasher, accounts.rules, guard, factors, tokens, clock)
    logins, staff = OperatorLoginService(kept.logins, tokens, clock), StaffService(kept.staff, users, door, tokens, clock)
    merges = MergeService(kept.people, stores.belongings, tokens, ground.transactions, ground.moments)
    people = PeopleService(kept.people, users, sale, merges, clock)
    personal = PersonalDataService(kept.people, stores.personal, stores.changes, clock)
    return Operators(OperatorServices(door, factors, logins, staff, people, personal), merges)
