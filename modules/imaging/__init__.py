"""Pictures as pictures: reading, writing, fitting, masking, extending, putting results back, grids and tiles.

Must not know: models, requests, infotexts, settings; every limit and choice is an argument. Latents only as
numbers to be mixed and compared (``soft_inpainting.py``).
Read first: ``reading.py`` (the one way in), ``png.py`` (the fast way out), ``masks.py`` and ``compositing.py``
(what an inpainting mask means), ``outpainting.py``.
"""
