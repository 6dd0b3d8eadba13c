"""A1111's ``modules.gfpgan_model``.

Names: gfpgan_fix_faces.
"""

from modules.compat.face_restoration import fix_faces_with_gfpgan as gfpgan_fix_faces
from modules.compat.lazy import lazy_names

__all__ = ["gfpgan_fix_faces"]

__getattr__ = lazy_names(__name__)
