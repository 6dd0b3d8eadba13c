"""A1111's ``modules.shared_gradio_themes``.

Names: gradio_hf_hub_themes, reload_gradio_theme.
"""

from modules.compat.missing_parts import do_nothing as reload_gradio_theme

__all__ = ["gradio_hf_hub_themes", "reload_gradio_theme"]

gradio_hf_hub_themes: list[str] = []
