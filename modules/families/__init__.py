"""What kinds of Stable Diffusion there are: how to tell them, and the facts their pictures depend on.

One file per family; a family reads names and shapes of tensors, never the numbers. Must not know: torch
modules, files other than the settings file beside a checkpoint, memory.
Read first: ``description.py``, then ``stable_diffusion_1.py``, then ``recognition.py``.
"""
