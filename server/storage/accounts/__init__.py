"""Users and refused tokens in MongoDB."""
