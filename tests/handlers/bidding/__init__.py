"""Tests of the bidding document, its own examples among them."""
