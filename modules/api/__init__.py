"""The HTTP boundary: the guard in front of every route, and A1111's API under /sdapi/v1.

Must not know: gradio, the façade, plugins' internals. Everything that comes in is checked here and
becomes a typed value or a ``WebUIError``.
Read first: ``guard.py``.
"""
