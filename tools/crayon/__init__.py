"""Draw captioned picture-book scenes and train the default model "crayon" on them.

Knows nothing of the web UI: it writes a checkpoint in the ordinary SD 1.x file layout, which the UI opens like
any other. Read `README.md` first, then `scene.py` (what can be drawn), `renderer.py` (how) and `__main__.py`.
"""
