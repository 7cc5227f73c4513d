"""Orders: what they are, how they are placed, paid, sent, received and closed."""
