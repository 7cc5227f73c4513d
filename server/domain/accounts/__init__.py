"""Who uses the server: users, their identities, their access tokens."""
