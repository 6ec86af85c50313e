"""Views of call-backs and of phone settings."""
