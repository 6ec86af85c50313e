"""Owns articles, which begin as drafts: what was learned once is written down.

Emits: ArticleChanged.
Listens to: nothing.
"""
