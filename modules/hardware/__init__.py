"""Where models compute: the device, the number formats, how much memory there is.

Decided once at start from plain values and passed on. Must not know: models, settings, the web.
Read first: ``placement.py``.
"""
