"""Every read of the routing room, by topic."""
