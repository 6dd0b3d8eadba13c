"""Plugins: folders under ``extensions/`` and files under ``scripts/``; what they are, in which order, what they cost.

Must not know: A1111's names (those are ``compat``), Gradio, HTTP.
Read first: ``call_log.py``, ``discovery.py``.
"""
