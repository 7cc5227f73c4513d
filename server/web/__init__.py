"""The HTTP machine: routes, input, access, answers. Knows nothing of auctions or shops."""
