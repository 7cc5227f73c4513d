"""The processes of a server: how they start, serve, restart and end."""
