"""A1111's ``modules.textual_inversion.textual_inversion`` (and the package it is in): embeddings.

Names: Embedding, EmbeddingDatabase, TextualInversionTemplate, list_textual_inversion_templates, re_numbers_at_start,
textual_inversion_templates.
"""

import re
import sys

from modules.compat.embeddings import EmbeddingDatabase
from modules.compat.embeddings import ShownEmbedding as Embedding
from modules.compat.lazy import lazy_names
from modules.compat.missing_parts import TrainingTemplate as TextualInversionTemplate
from modules.compat.missing_parts import list_nothing as list_textual_inversion_templates

__all__ = [
    "Embedding", "EmbeddingDatabase", "TextualInversionTemplate", "list_textual_inversion_templates",
    "re_numbers_at_start", "textual_inversion_templates",
]

textual_inversion_templates: dict[str, object] = {}
re_numbers_at_start = re.compile(r"^[-\d]+\s*")

__getattr__ = lazy_names(__name__)
# A1111 has a package here: its modules are this one under further names
textual_inversion = sys.modules.setdefault(f"{__name__}.textual_inversion", sys.modules[__name__])
dataset = sys.modules.setdefault(f"{__name__}.dataset", sys.modules[__name__])
image_embedding = sys.modules.setdefault(f"{__name__}.image_embedding", sys.modules[__name__])
learn_schedule = sys.modules.setdefault(f"{__name__}.learn_schedule", sys.modules[__name__])
saved_settings = sys.modules.setdefault(f"{__name__}.saved_settings", sys.modules[__name__])
