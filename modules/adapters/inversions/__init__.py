"""Textual inversions: learned words, kept in files of a dozen layouts.

Must not know: tokenizers, how a prompt is read, which folders there are.
Read first: ``embedding.py``, then ``shelf.py``.
"""
