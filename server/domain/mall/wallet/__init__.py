"""What members do with their wallets beside ordering: filled with gifts, emptied, lent from, spent in the shop; and who they are."""
