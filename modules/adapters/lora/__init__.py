"""LoRA and relatives: from the names in a file to the change of each layer.

Must not know: prompts, hooks, when a change is applied.
Read first: ``kinds.py``, then ``change.py``, ``keys.py``, ``addresses.py``, ``network.py``.
"""
