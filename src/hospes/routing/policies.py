"""Who gets which ticket: pure decisions on plain values."""
