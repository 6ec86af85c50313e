"""Views of the customer's side, by topic: read the input, one call, shape the output."""
