"""LoRA and its relatives, hypernetworks and textual inversions: files that bend a model and let it go again.

Must not know: prompts, settings, folders. Tags come as strings, files as paths, the model as the Protocol in
``model.py``. Whatever is done to a model is undone to the last bit by ``NetworkPatcher.apply(())``.
Numbers are those of A1111 v1.10.1, because pictures depend on them.

Read first: ``patcher.py`` (what a pipeline calls), then ``lora/kinds.py`` (the formulas), ``lora/addresses.py``
(which name means which layer), ``hypernetworks/``, ``inversions/shelf.py``.
"""
