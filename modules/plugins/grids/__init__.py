"""Grids of pictures that are compared along axes: the values of an axis, finished cells, and what a grid shows.

``values.py`` reads what a person types into an axis. ``cells.py`` keeps finished cells by their identity, so that a
grid goes on where it was cut short. ``record.py`` writes down which cells a grid has, for whoever looks at it.

Must not know: A1111's names, Gradio, HTTP, how a cell is made.
Read first: ``record.py``.
"""
