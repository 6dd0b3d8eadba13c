"""The checkpoint merger: a new checkpoint out of up to three, one tensor at a time.

Read first: ``merge.py`` (the whole of it), then ``mixture.py`` (what each tensor of the result is).
Reference: A1111 v1.10.1 ``run_modelmerger``, for the same numbers, names and metadata.
"""
