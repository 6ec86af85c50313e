"""How the desk's screens want their data: plain values, ready to print."""
