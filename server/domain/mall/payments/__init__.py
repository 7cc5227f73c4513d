"""Payments from outside: asked for, told of, credited to a wallet, and spent on what they were made for."""
