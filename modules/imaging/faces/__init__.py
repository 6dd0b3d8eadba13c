"""Repairing faces: find them, turn each upright, let a network redraw it, and lay it back where it was.

Must not know: settings, jobs; models come from folders given as arguments, and nothing is fetched. Importing it loads
no network library. Read first: ``restorers.py`` (the surface), ``alignment.py`` (the geometry), ``detection.py``.
"""
