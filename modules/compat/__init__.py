"""Behind the façade: what A1111's extensions find when they import ``modules.shared``, ``modules.processing``, ….

``draft.py`` is A1111's mutable ``p``; ``conversion.py`` holds the only two crossings between it and the core's
request. ``host.py`` says which program is running, ``current.py`` which job.

Must not know: ``application``. The façade (``modules/*.py``) imports from here; here it is looked up late, through
``facade.py``, because extensions replace its functions.
Read first: ``host.py``, ``draft.py``, ``processing.py``.
"""
