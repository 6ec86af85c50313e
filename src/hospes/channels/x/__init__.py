"""X: direct messages, and posts that mention the company, answered in public or in private (X API v2)."""
