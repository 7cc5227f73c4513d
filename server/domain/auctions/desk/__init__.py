"""The auctioneers' desk: groups and lots as they are prepared, put on sale, and acted on."""
