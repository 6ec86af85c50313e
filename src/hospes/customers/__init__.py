"""Owns people and companies who are served, their contact points, merges, blocks, and their portal sign-in.

Emits: CustomerCreated, CustomerChanged, CustomersMerged, SenderBlocked, PortalSignedIn.
Listens to: nothing.
"""
