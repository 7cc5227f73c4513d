"""Real servers, real clients, real deaths."""
