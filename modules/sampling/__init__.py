"""From noise to latents: samplers, schedules, noise sources and guidance, with A1111 v1.10.1's numbers.

Must not know: checkpoints, prompts as text, settings, pictures. A model is a callable with a table of
alphas, a text is a tensor, every option arrives as a value.
Read first: ``sample.py`` (the one entry), ``options.py`` (what can be asked), then ``solvers/euler.py``.
"""
