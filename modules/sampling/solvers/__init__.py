"""One function per algorithm: ``solve(denoise, x, sigmas, noise, on_step, *, options)``.

Must not know: guidance, prediction types, seeds, img2img. A solver sees noise levels, a denoiser and
a source of noise. Host arithmetic is Python floats; only latents are tensors.
Read first: ``contract.py``, then ``euler.py``.
"""
