"""Working on pictures that exist: enlarging, repairing faces, cutting, flipping, one or a whole folder.

``ExtrasRequest`` (what was asked; the HTTP API's field names) becomes an ``ExtrasPlan`` (operations in their order,
every picture known, settings read), which ``pipeline.run`` turns into events and files. An operation is a small class
behind ``operation.Operation``; ``operations.BUILTIN`` lists those there are, and plugins may add theirs.

Must not know: Gradio, HTTP, jobs, how an upscaler or face restorer works.
Read first: ``operation.py``, ``request.py``, ``plan.py``, ``pipeline.py``.
"""
