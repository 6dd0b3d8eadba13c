"""Values and primitives every other package may use: sizes, errors, atomic files, cancellation.

Must not know: torch, gradio, settings, or anything else in ``modules``.
Read first: ``errors.py``, then ``size.py``.
"""
