"""A1111's ``modules.styles``: named pieces of prompt.

Names: PromptStyle, StyleDatabase, apply_styles_to_prompt, merge_prompts.
"""

from modules.compat.lazy import lazy_names
from modules.compat.style_database import PromptStyle, StyleDatabase, apply_styles_to_prompt, merge_prompts

__all__ = ["PromptStyle", "StyleDatabase", "apply_styles_to_prompt", "merge_prompts"]

__getattr__ = lazy_names(__name__)
