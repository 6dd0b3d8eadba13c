"""The composition root: sets up the environment, builds every object, wires it, starts and stops.

Nothing imports this package except ``webui.py`` and the tests. ``environment.py``, ``installation.py``,
``torch_build.py`` and ``doctor.py`` use the standard library only: they run before anything is installed.
Read first: ``environment.py`` for the first start, ``main.py`` for every start.
"""
