from __future__ import annotations

import pytest
import torch
from safetensors.torch import save_file

from modules.catalog.catalog import Catalog, ModelFolders
from modules.foundation.cancellation import Cancellation
from modules.training.merging.merge import MergeWatch, run_merge
from modules.training.merging.plan import plan_merge
from modules.training.merging.request import MergeRequest
from modules.weights.hash_cache import HashCache

UNET = "model.diffusion_model."
IN = f"{UNET}input_blocks.0.0.weight"
POSITIONS = "cond_stage_model.transformer.text_model.embeddings.position_ids"
VAE = "first_stage_model.decoder.conv_in.weight"


class Shop:
    """A folder of small checkpoints, and the merger over it."""

    def __init__(self, folder) -> None:
        self.folder, self.vaes = folder / "Stable-diffusion", folder / "VAE"
        self.folder.mkdir()
        self.vaes.mkdir()
        self.catalog = Catalog(ModelFolders((self.folder,), (self.vaes,)), HashCache(folder / "hashes.json"))
        self.steps: list = []
        self.cancellation = Cancellation()

    def put(self, name, tensors, metadata=None):
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        if name.endswith(".ckpt"):
            torch.save({"state_dict": tensors}, path)
        else:
            save_file(tensors, path, metadata)
        self.catalog.refresh()
        return tensors

    def put_vae(self, name, tensors):
        save_file(tensors, self.vaes / name)
        self.catalog.refresh()

    def merge(self, **wanted):
        plan = plan_merge(MergeRequest(**wanted), self.catalog)
        return run_merge(plan, self.catalog, self.folder, MergeWatch(self.steps.append, self.cancellation))

    def files(self):
        return {path.name for path in self.folder.rglob("*") if path.is_file()}


@pytest.fixture
def shop(tmp_path):
    return Shop(tmp_path)


def make_tensors(seed, channels=4, dtype=torch.float32):
    """A checkpoint of six tensors: the parts that the merger treats differently."""
    draw = torch.Generator().manual_seed(seed)

    def numbers(*shape):
        return torch.randn(shape, generator=draw).to(dtype)

    return {IN: numbers(8, channels, 3, 3), f"{UNET}out.bias": numbers(4), VAE: numbers(6, 4), "alphas": numbers(5),
            "model_ema.num_updates": torch.tensor(seed), POSITIONS: torch.arange(7)[None]}
