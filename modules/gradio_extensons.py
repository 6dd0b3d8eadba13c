"""What extensions import as ``modules.gradio_extensons``; A1111 patches Gradio there, and spells it so.

Nothing is to be found: old spellings are understood while plugins run, see ``modules/compat/gradio3``.
"""
