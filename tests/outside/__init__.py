"""Local stand-ins for what is not ours, each a real HTTP server, and the tests of those who speak to them."""
