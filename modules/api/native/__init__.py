"""Our own HTTP API: jobs that outlive a connection, their events, and the pictures they start from.

Must not know: A1111's fields (``sdapi`` does). A request here is the ``GenerationRequest`` itself, described from
its dataclass, so that the two cannot drift apart.
Read first: ``job_models.py``, ``job_routes.py``.
"""
