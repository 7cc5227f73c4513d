"""The mall around the auction: its window, its members, their wallets and orders."""
