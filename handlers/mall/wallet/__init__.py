"""What members do with their wallets, a chapter a file."""
