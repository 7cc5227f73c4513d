"""A simulated sale: bidders and watchers of a running server, and what a client can check of its promises."""
