"""Making pictures larger: plain resizing, and networks from files of the many kinds that spandrel reads.

Must not know: settings, jobs, latents; tile sizes and folders are arguments. Importing it loads no network library.
Read first: ``shelf.py`` (the whole surface), then ``tiles.py`` (why memory stays flat) and ``network.py``.
"""
