"""A1111's ``modules.sd_models``: checkpoints, and the one in memory.

Names: CheckpointInfo, SdModelData, apply_token_merging, checkpoint_aliases, checkpoint_tiles, checkpoints_list,
checkpoints_loaded, get_closet_checkpoint_match, list_models, load_model, model_data, model_dir, model_hash,
model_path, note_loaded, read_metadata_from_safetensors, read_state_dict, reload_model_weights, select_checkpoint,
send_model_to_cpu, send_model_to_device, setup_model, unload_model_weights.
"""

from modules.compat.checkpoints import (
    CheckpointInfo,
    SdModelData,
    checkpoint_tiles,
    get_closet_checkpoint_match,
    list_models,
    load_model,
    model_data,
    model_hash,
    note_loaded,
    read_metadata_from_safetensors,
    read_state_dict,
    reload_model_weights,
    select_checkpoint,
    send_model_to_cpu,
    unload_model_weights,
)
from modules.compat.checkpoints import checkpoint_aliases as get_checkpoint_aliases
from modules.compat.checkpoints import checkpoints_list as get_checkpoints_list
from modules.compat.checkpoints import model_path as get_model_path
from modules.compat.lazy import lazy_names
from modules.compat.missing_parts import do_nothing as apply_token_merging
from modules.compat.missing_parts import do_nothing as send_model_to_device
from modules.compat.missing_parts import do_nothing as setup_model

__all__ = [
    "CheckpointInfo", "SdModelData", "apply_token_merging", "checkpoint_tiles", "checkpoints_loaded",
    "get_closet_checkpoint_match", "list_models", "load_model", "model_data", "model_dir", "model_hash",
    "note_loaded", "read_metadata_from_safetensors", "read_state_dict", "reload_model_weights", "select_checkpoint",
    "send_model_to_cpu", "send_model_to_device", "setup_model", "unload_model_weights",
]

model_dir = "Stable-diffusion"
checkpoints_loaded: dict[object, object] = {}

__getattr__ = lazy_names(__name__, {
    "checkpoints_list": get_checkpoints_list, "checkpoint_aliases": get_checkpoint_aliases,
    "model_path": get_model_path,
})
