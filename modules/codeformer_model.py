"""A1111's ``modules.codeformer_model``.

Names: codeformer.
"""

from modules.compat.face_restoration import codeformer as get_codeformer
from modules.compat.lazy import lazy_names

__getattr__ = lazy_names(__name__, {"codeformer": get_codeformer})
