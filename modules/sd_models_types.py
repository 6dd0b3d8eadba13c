"""A1111's ``modules.sd_models_types``.

Names: WebuiSdModel.
"""

from modules.compat.loaded_checkpoint import LoadedCheckpoint as WebuiSdModel

__all__ = ["WebuiSdModel"]
