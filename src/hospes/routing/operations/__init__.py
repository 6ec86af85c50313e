"""Every write of the routing room, by topic."""
