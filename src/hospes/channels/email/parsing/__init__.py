"""How Hospes understands one raw mail: pure functions, no I/O, no Django. `..parse` puts them together."""
