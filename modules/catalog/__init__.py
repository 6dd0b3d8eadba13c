"""What lies in the models folders: files, the names people call them by, and what is written beside them.

Must not know: model architectures beyond a file's header, engines, settings, the web.
Read first: ``entry.py``, then ``catalog.py``; for what prompts name, ``network_entry.py``, then ``network_catalog.py``.
"""
