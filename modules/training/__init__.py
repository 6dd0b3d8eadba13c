"""Making new model files out of others: the checkpoint merger.

Must not know: jobs, gradio, settings, the pipeline. Everything arrives as values; work reports to a callback and stops
when it is asked to. Read first: ``merging/request.py``, then ``merging/merge.py``.
"""
