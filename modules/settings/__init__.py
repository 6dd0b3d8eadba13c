"""What a person may change: typed options by section, the file they are kept in, and launch flags.

Must not know: torch, gradio, the pipeline. Values are read in ``generation/plan.py`` and in layers
above it; everything below gets them as arguments.
Read first: ``option.py`` (what an option is), ``sections.py`` (all of them), ``store.py`` (the file).
"""
