"""The web page: Gradio builds forms and wires events, our own scripts show progress and pictures.

All work goes to ``jobs``; a tab only turns its controls into a request. A form (``form.py``) is a tab with a Generate
button; the ``*_controls.py`` are the parts that forms share. What Gradio's controls cannot hold, such as a painted
mask or which of several tabs is open, the page's scripts send along as the *situation* (``submission.py``).

Must not know: tensors, the pipeline's insides, plugins' objects.
Read first: ``page.py`` (the whole page), ``txt2img_tab.py`` (one tab), ``submission.py`` (from Generate to a job),
``page_routes.py`` (what scripts ask for), ``gradio_mount.py`` (every touch of Gradio's insides).
"""
