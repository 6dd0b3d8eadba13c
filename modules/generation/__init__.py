"""From what a person asked for to finished pictures.

``GenerationRequest`` (what was asked; None means "you decide") becomes a ``GenerationPlan`` (nothing
optional left), which ``pipeline.run`` turns into events and pictures. Settings are read while
planning (``plan.py`` and its ``*_plan.py`` parts) and nowhere below.

Must not know: Gradio, HTTP, jobs, plugins' objects.
Read first: ``request.py``, ``plan.py``, ``pipeline.py``.
"""
