"""A1111's ``modules.face_restoration``: repairing faces.

Names: FaceRestoration, restore_faces.
"""

from modules.compat.face_restoration import FaceRestoration, restore_faces

__all__ = ["FaceRestoration", "restore_faces"]
