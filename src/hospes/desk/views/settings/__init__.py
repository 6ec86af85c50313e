"""Settings: what the company sets up once, and what needs somebody's decision."""
