"""Gradio 3's spellings on Gradio 6, while code of a plugin runs and at no other time.

``switching.gradio3()`` is entered around everything a plugin does: its files being loaded, its controls being built,
its event functions. The core never writes these spellings. Everything here that reaches into Gradio is set and taken
back by ``switching.py``, which asserts that what it replaces is there.

Must not know: scripts, the page.
Read first: ``switching.py``, ``arguments.py``.
"""
