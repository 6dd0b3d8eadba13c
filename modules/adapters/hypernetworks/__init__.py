"""Hypernetworks: small networks that what attention reads passes through on its way to keys and values.

Must not know: prompts, tags, which folders there are.
Read first: ``structure.py``, then ``files.py``.
"""
