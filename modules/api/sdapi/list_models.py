"""The items of A1111's lists."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class ListItem(BaseModel):
    """An item; ``model_`` is no prefix of pydantic's here."""

    model_config = ConfigDict(protected_namespaces=())


class SamplerItem(ListItem):
    """A sampler."""

    name: str
    aliases: list[str]
    options: dict[str, str]


class SchedulerItem(ListItem):
    """A schedule type."""

    name: str
    label: str
    aliases: list[str] | None
    default_rho: float
    need_inner_model: bool


class UpscalerItem(ListItem):
    """Something that enlarges pictures."""

    name: str
    model_name: str | None = None
    model_path: str | None = None
    model_url: str | None = None
    scale: float | None = 4


class NamedItem(ListItem):
    """Something that has only a name."""

    name: str


class CheckpointItem(ListItem):
    """A checkpoint. ``hash`` and ``sha256`` are null until they are computed."""

    title: str
    model_name: str
    hash: str | None = None
    sha256: str | None = None
    filename: str
    config: str | None = None


class VaeItem(ListItem):
    """A VAE."""

    model_name: str
    filename: str


class HypernetworkItem(ListItem):
    """A hypernetwork."""

    name: str
    path: str | None = None


class FaceRestorerItem(ListItem):
    """Something that restores faces."""

    name: str
    cmd_dir: str | None = None


class RealesrganItem(ListItem):
    """A Real-ESRGAN network."""

    name: str
    path: str | None = None
    scale: int | None = None


class StyleItem(ListItem):
    """A style."""

    name: str
    prompt: str | None = None
    negative_prompt: str | None = None


class LoraItem(ListItem):
    """A LoRA, with what its file says about its training."""

    name: str
    alias: str
    path: str
    metadata: dict[str, Any]


class EmbeddingItem(ListItem):
    """A textual inversion. ``shape`` is its width."""

    step: int | None = None
    sd_checkpoint: str | None = None
    sd_checkpoint_name: str | None = None
    shape: int
    vectors: int


class EmbeddingsAnswer(ListItem):
    """The embeddings that fit the checkpoint in memory, and those that do not."""

    loaded: dict[str, EmbeddingItem]
    skipped: dict[str, EmbeddingItem]


class ScriptsAnswer(ListItem):
    """Titles of scripts, in lower case."""

    txt2img: list[str]
    img2img: list[str]


class ExtensionItem(ListItem):
    """An extension that came from a repository."""

    name: str
    remote: str
    branch: str
    commit_hash: str
    version: str
    commit_date: int
    """Units: Unix time."""
    enabled: bool


class ScriptArgumentItem(ListItem):
    """A control of a script."""

    label: str | None = None
    value: Any = None
    minimum: Any = None
    maximum: Any = None
    step: Any = None
    choices: list[str] | None = None


class ScriptInfoItem(ListItem):
    """A script and its controls."""

    name: str
    is_alwayson: bool
    is_img2img: bool
    args: list[ScriptArgumentItem]


class MemoryAnswer(ListItem):
    """How much memory there is. Units: bytes."""

    ram: dict[str, Any] = Field(description="free, used, total")
    cuda: dict[str, Any] = Field(description="system, active, allocated, reserved, inactive, events; or error")
