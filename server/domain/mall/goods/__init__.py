"""Goods: what the shop sells, how it is priced and counted, and where buyers see it."""
