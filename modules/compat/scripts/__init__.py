"""Scripts: the class that plugins subclass, the lists of what was found, and who calls which method when.

Must not know: Gradio beyond what a script's ``ui()`` returns; how pictures are made.
Read first: ``script.py``, ``runner.py``, ``registry.py``.
"""
