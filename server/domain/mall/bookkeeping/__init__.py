"""The bookkeeper's day: what the ledger says of it, and whether those who take the money say the same."""
