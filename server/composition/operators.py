"""The operators' door."""
from __future__ import annotations

from server.composition.accounts import Accounts
from server.composition.ground import Ground
from server.composition.stores import Stores
from server.domain.operators.door import DoorService
from server.domain.operators.factors import FactorService
from server.domain.operators.logins import OperatorLoginService
from server.domain.operators.people import PeopleService, Sale
from server.domain.operators.personal import PersonalDataService
from server.domain.operators.staff import StaffService
from server.outside.time_codes import TotpCodes
from server.services import OperatorServices


def build_operators(stores: Stores, accounts: Accounts, sale: Sale, ground: Ground) -> OperatorServices:
    """On the accounts' users, passwords, tries and tokens."""
    users, tokens, clock, guard = accounts.services.users, accounts.services.tokens, ground.clock, accounts.guard
    kept = stores.operators
    factors = FactorService(users, kept.factors, TotpCodes(), kept.logins, tokens, guard, clock)
    door = DoorService(stores.accounts.passwords, accounts.hasher, accounts.rules, guard, factors, tokens, clock)
    logins, staff = OperatorLoginService(kept.logins, tokens, clock), StaffService(kept.staff, users, door, tokens, clock)
    people = PeopleService(kept.people, users, sale, clock)
    personal = PersonalDataService(kept.people, stores.personal, stores.changes, clock)
    return OperatorServices(door, factors, logins, staff, people, personal)
