"""Durable jobs: every generation is written down before it starts and survives a kill at any moment.

Must not know: gradio, HTTP. The queue itself knows neither torch nor the pipeline either: what a job *does* is a
runner handed to the executor. ``generation_*.py`` and ``extras_*.py`` alone join it to the pipelines.
Downloads that somebody asked for do not stand in the queue: ``download_desk.py`` fetches them beside it.
Read first: ``job.py`` (the values), then ``executor.py`` and ``generation_service.py`` (what the page, the API and
the command line call), then ``store.py`` (what lies on the disk).
"""
