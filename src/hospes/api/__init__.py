"""Owns the REST API at /api/v1: translates HTTP in and out of the rooms below and holds no rules of its own.

`door.py` wraps every operation (bearer token, rate limit, strict input, idempotency), `inputs.py` and `outputs.py`
are the shapes that the OpenAPI document promises, `shapes.py` makes them from rows, `routes/` are the operations.
Emits: nothing. Listens to: nothing.
"""
