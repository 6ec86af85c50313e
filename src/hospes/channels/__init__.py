"""See the card below; filled in by the room's first feature."""
