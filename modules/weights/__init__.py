"""Model files: tensors, header-only facts and hashes, read from files nobody has to trust.

The only package that may call ``torch.load``. Must not know: which model a file holds, engines, folders.
Read first: ``reading.py``, then ``pickles.py`` for what old files may contain.
"""
