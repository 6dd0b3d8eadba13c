"""A checkpoint as something that computes: U-Net, VAE and text encoders, built, filled and kept.

Must not know: prompts, samplers, settings, jobs. The modules are diffusers' and transformers', built from
the sizes in the file, without hub, configuration downloads or safety checker.
Read first: ``loaded_model.py``, then ``loading.py``, then ``residency.py``.
"""
