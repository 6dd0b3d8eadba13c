"""Pictures as pictures: reading them safely, writing PNG quickly, grids and tiles.

Must not know: models, latents, infotexts, settings; every limit and choice is an argument.
Read first: ``reading.py`` (the one way in), ``png.py`` (the fast way out), ``grids.py``.
"""
