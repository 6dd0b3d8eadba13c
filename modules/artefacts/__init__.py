"""Pictures on disk and the text they carry: infotext, embedding, file names, saving.

Must not know: torch, settings objects, the prompt grammar, Gradio or HTTP. Whatever depends on those
(style extraction, sampler names, option values) is handed in as a value or a function.
Read first: ``record.py`` and ``infotext.py`` (writing), ``parsing.py`` (reading), ``saving.py``.
"""
