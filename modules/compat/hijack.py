"""``sd_hijack.model_hijack``: counting tokens, embeddings and remarks. Nothing is hijacked here."""

from __future__ import annotations

from typing import Any

from modules.compat.embeddings import EmbeddingDatabase, embedding_db
from modules.compat.facade import facade
from modules.compat.host import HOST
from modules.prompting.chunks import count_limit
from modules.prompting.encoding import Emphasis, EncodingOptions, cut_text


class ModelHijack:
    """What A1111 wraps around a model's text encoder."""

    def __init__(self) -> None:
        self.comments: list[str] = []
        self.extra_generation_params: dict[str, Any] = {}
        self.circular_enabled = False
        self.fixes = self.layers = None
        self.optimization_method: str | None = "sdp"

    @property
    def embedding_db(self) -> EmbeddingDatabase:
        return embedding_db

    @property
    def clip(self) -> Any:
        """The model's text encoder, its tokenizer's side."""
        return facade("shared").sd_model.cond_stage_model

    def get_prompt_lengths(self, text: str) -> tuple[int, int]:
        """Count the tokens of a text, and the room of the chunks it fills."""
        opts = facade("shared").opts
        options = EncodingOptions(Emphasis.named(opts.emphasis), int(opts.comma_padding_backtrack))
        count = cut_text(text, HOST.require().bench.tokenizer, options).token_count
        return count, count_limit(count)

    def tokenize(self, text: str) -> tuple[list[int], int, int]:
        """Return the tokens of a text and how many there are at most."""
        count, limit = self.get_prompt_lengths(text)
        return HOST.require().bench.tokenizer.encode(text), count, limit

    def clear_comments(self) -> None:
        self.comments = []
        self.extra_generation_params = {}

    def apply_circular(self, enable: bool) -> None:
        """Note what was wished; tiling is decided by the request."""
        self.circular_enabled = enable

    def hijack(self, m: Any) -> None:
        """Do nothing: models need no changes here."""

    def undo_hijack(self, m: Any) -> None:
        """Do nothing."""

    def apply_optimizations(self, option: Any = None) -> None:
        """Do nothing: PyTorch chooses how attention is computed."""

    def redo_hijack(self, m: Any) -> None:
        """Do nothing."""


model_hijack = ModelHijack()
