"""The web page: Gradio builds forms and wires events, our own scripts show progress and pictures.

All work goes to ``jobs``; a tab only turns its controls into a ``GenerationRequest``.

Must not know: tensors, the pipeline's insides, plugins' objects.
Read first: ``page.py`` (the whole page), ``txt2img_tab.py`` (one tab), ``routes.py`` (what scripts ask for),
``gradio_mount.py`` (every touch of Gradio's insides).
"""
