"""The desk's screens of incidents."""
