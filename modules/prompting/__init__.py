"""The prompt language: from what a person typed to tensors the denoiser is conditioned on.

Must not know: models, samplers, settings, files of networks. Text encoders and embeddings come in through
the Protocols in ``towers.py``; every option is an argument. No text whatsoever raises an exception here:
what cannot be understood stays literal text, and what had to be changed becomes a comment on the result.

Order of a job: ``styles`` (merge) -> ``wildcards`` -> ``comments`` (strip) -> ``extra_networks`` (tags out)
-> ``condition`` which splits ``composition`` (AND), unrolls ``schedule`` ([a:b:5], [a|b]), weighs
``attention`` ((a:1.2)), cuts ``chunks`` of 75 tokens and lets ``encoding`` turn them into tensors.
Read first: ``conditioning.py`` (what comes out), then ``condition.py``.
"""
