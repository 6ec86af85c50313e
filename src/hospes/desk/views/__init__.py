"""The desk's views, by screen. Each reads the input, makes one call and shapes the answer."""
