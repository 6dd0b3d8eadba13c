"""The HTTP boundary: the guard in front of every route, A1111's API under /sdapi/v1, and our own under /jobs.

Must not know: gradio, the façade, plugins' internals. Everything that comes in is checked here and
becomes a typed value or a ``WebUIError``.
Read first: ``guard.py`` for what may come in at all, ``assembly.py`` for the routes, docs/api.md for their users.
"""
