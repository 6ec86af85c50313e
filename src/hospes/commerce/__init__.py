"""Owns orders and their lines, as far as service has to know them.

Emits: OrderSaved.
Listens to: nothing.
"""
