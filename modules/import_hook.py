"""A1111's ``modules.import_hook``.

Nothing of it is needed here.
"""
