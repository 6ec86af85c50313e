"""Owns articles: what the company knows, written once. Drafts come out of swarms; publishing to customers follows.

Emits: ArticleChanged.
Listens to: nothing.
"""
