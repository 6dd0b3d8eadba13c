"""A1111's ``modules.patches``: replacing functions so that they can be put back.

Names: original, originals, patch, undo.
"""

from modules.compat.patching import original, originals, patch, undo

__all__ = ["original", "originals", "patch", "undo"]
