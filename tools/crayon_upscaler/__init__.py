"""The upscaler that ships: training, measuring and exporting ``models/ESRGAN/crayon-4x.safetensors``.

Knows crayon's renderer, which draws the same scene at any size. Read first: ``README.md``, then ``lessons.py``.
"""
