"""Template tags that every room's screens share."""
