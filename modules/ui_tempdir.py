"""What extensions import as ``modules.ui_tempdir``.

``Savedfile``, ``register_tmp_file``, ``check_tmp_file``, ``save_pil_to_file``, ``is_gradio_temp_path``,
``install_ui_tempdir_override``, ``on_tmpdir_changed``, ``cleanup_tmpdr``.
"""

from modules.compat.page.temporary_files import (
    Savedfile,
    check_tmp_file,
    do_nothing,
    is_gradio_temp_path,
    register_tmp_file,
    save_pil_to_file,
)

install_ui_tempdir_override = on_tmpdir_changed = cleanup_tmpdr = do_nothing

__all__ = [
    "Savedfile",
    "check_tmp_file",
    "cleanup_tmpdr",
    "install_ui_tempdir_override",
    "is_gradio_temp_path",
    "on_tmpdir_changed",
    "register_tmp_file",
    "save_pil_to_file",
]
