"""A1111's HTTP API under ``/sdapi/v1``: its routes, fields, defaults and answers, over our own queue.

Must not know: gradio, plugins' internals. A request becomes a ``GenerationRequest`` in ``translation.py`` and
nowhere else; what A1111 does by accident and programs do not need is left behind (docs/compatibility.md).
Read first: ``generation_models.py``, ``translation.py``.
"""
