"""What plugins add to the page: their controls in our forms, their tabs, settings, scripts and styles.

``page.py`` implements what ``frontend/page_plugins.py`` asks for. Every call into a plugin goes through the log of
calls, inside ``surroundings.plugin_code``.

Must not know: how a form turns its controls into a request.
Read first: ``page.py``, ``tab_scripts.py``.
"""
