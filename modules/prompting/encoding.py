"""From texts to tensors: chunks through the text towers, emphasis, and everything put side by side."""

from __future__ import annotations

import enum
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from modules.prompting.attention import Fragment, parse_attention
from modules.prompting.chunks import Chunk, ChunkedText, chunk_text
from modules.prompting.conditioning import EncodedText
from modules.prompting.embeddings import EmbeddingIndex
from modules.prompting.old_emphasis import chunk_text_once
from modules.prompting.remarks import Report, ignore
from modules.prompting.tokens import END_ID, Tokenizer
from modules.prompting.towers import Tower


class Emphasis(enum.Enum):
    """How weights act on the encoded text; the values are the names settings and infotexts use."""

    NONE = "None"
    IGNORE = "Ignore"
    ORIGINAL = "Original"
    NO_NORM = "No norm"

    @classmethod
    def named(cls, name: str) -> Emphasis:
        """Look a mode up; an unknown name means ``ORIGINAL``."""
        return next((mode for mode in cls if mode.value == name), cls.ORIGINAL)


@dataclass(frozen=True)
class EncodingOptions:
    """What decides how one text is encoded.

    ``clip_l_skip`` lets CLIP-L follow ``clip_skip`` also where it usually does not, in SDXL.
    ``old_emphasis`` reads weights as A1111's first implementation did, which SD 1 models alone have.
    Range: ``comma_backtrack`` 0 (off) to 74, ``clip_skip`` from 1.
    """

    emphasis: Emphasis = Emphasis.ORIGINAL
    comma_backtrack: int = 20
    clip_skip: int = 1
    old_emphasis: bool = False
    clip_l_skip: bool = False

    def layer_of(self, tower: Tower) -> int | None:
        """Return the layer a tower is read at, counted from the end; None: the one it was trained with."""
        follows = tower.follows_clip_skip or (self.clip_l_skip and tower.key == "clip_l")
        return self.clip_skip if follows else None


def cut_text(text: str, tokenizer: Tokenizer, options: EncodingOptions, embeddings: EmbeddingIndex | None = None,
             report: Report = ignore) -> ChunkedText:
    """Parse a text's emphasis as the options say, and cut it into chunks."""
    if options.old_emphasis:
        return chunk_text_once(text, tokenizer, embeddings, report)
    plain = options.emphasis is Emphasis.NONE
    fragments = [Fragment(text, 1.0)] if plain else parse_attention(text, report)
    return chunk_text(fragments, tokenizer, embeddings, options.comma_backtrack)


class TextEncoding:
    """Encodes groups of texts with the towers of one model and remembers every chunk it has seen."""

    def __init__(self, towers: Sequence[Tower], options: EncodingOptions, embeddings: EmbeddingIndex | None = None,
                 report: Report = ignore) -> None:
        self._options = options
        self._report = report
        self._embeddings = embeddings
        self._runs = [_TowerRun(tower, options.layer_of(tower)) for tower in towers]
        self._used: dict[str, None] = {}

    @property
    def used_embeddings(self) -> tuple[str, ...]:
        """The names of the embeddings found so far, in order."""
        return tuple(self._used)

    def encode_group(self, texts: Sequence[str]) -> list[EncodedText]:
        """Encode the schedule of one prompt.

        The texts share one normalisation, each counted as often as it is listed, and one length.
        """
        counts = Counter(texts)
        distinct = list(counts)
        shares = [count / len(texts) for count in counts.values()]
        rows = [[self._chunk(run, text) for text in distinct] for run in self._runs]
        length = max(len(chunks) for tower_rows in rows for chunks in tower_rows)
        crosses, pooled = [], None
        for run, tower_rows in zip(self._runs, rows):
            hidden, tower_pooled = self._run(run, [_pad(chunks, length) for chunks in tower_rows], shares)
            crosses.append(hidden)
            pooled = tower_pooled if tower_pooled is not None else pooled
        cross = torch.cat(crosses, dim=-1)
        encoded = {text: EncodedText(cross[index], None if pooled is None else pooled[index])
                   for index, text in enumerate(distinct)}
        return [encoded[text] for text in texts]

    def _chunk(self, run: _TowerRun, text: str) -> list[Chunk]:
        chunks = cut_text(text, run.tower.tokenizer, self._options, self._embeddings, self._report).chunks
        for chunk in chunks:
            self._used.update(dict.fromkeys(placement.embedding.name for placement in chunk.placements))
        return chunks

    def _run(self, run: _TowerRun, rows: list[list[Chunk]], shares: list[float]) -> tuple[Tensor, Tensor | None]:
        run.encode(chunk for chunks in rows for chunk in chunks)
        columns = []
        for column in zip(*rows):  # the same chunk of every text
            hidden = torch.stack([run.hidden(chunk) for chunk in column])
            columns.append(apply_emphasis(hidden, [chunk.multipliers for chunk in column], shares,
                                          self._options.emphasis))
        pooled = [run.pooled(chunks[0]) for chunks in rows]
        present = [vector for vector in pooled if vector is not None]
        return torch.cat(columns, dim=1), torch.stack(present) if len(present) == len(rows) else None


class _TowerRun:
    """One tower and the chunks it has encoded."""

    def __init__(self, tower: Tower, clip_skip: int | None) -> None:
        self.tower = tower
        self._clip_skip = clip_skip
        self._encoded: dict[tuple[object, ...], tuple[Tensor, Tensor | None]] = {}

    def hidden(self, chunk: Chunk) -> Tensor:
        return self._encoded[_identity(chunk)][0]

    def pooled(self, chunk: Chunk) -> Tensor | None:
        return self._encoded[_identity(chunk)][1]

    def encode(self, chunks: Iterable[Chunk]) -> None:
        """Make sure that all the chunks are encoded."""
        missing = {_identity(chunk): chunk for chunk in chunks if _identity(chunk) not in self._encoded}
        entries = list(missing.items())
        step = self.tower.rows_per_call
        for start in range(0, len(entries), step):
            self._encode_batch(entries[start : start + step])

    def _encode_batch(self, entries: Sequence[tuple[tuple[object, ...], Chunk]]) -> None:
        ids = torch.tensor([_with_padding(chunk.tokens, self.tower.pad_id) for _, chunk in entries])
        replacements = [[(placement.offset, placement.embedding.vectors_for(self.tower.key))
                         for placement in chunk.placements] for _, chunk in entries]
        hidden, pooled = self.tower.encoder.encode(ids, self._clip_skip, replacements)
        for row, (identity, _) in enumerate(entries):
            self._encoded[identity] = (hidden[row], None if pooled is None else pooled[row])


def apply_emphasis(hidden: Tensor, multipliers: Sequence[Sequence[float]], shares: Sequence[float],
                   mode: Emphasis) -> Tensor:
    """Scale token vectors by their weights; ``ORIGINAL`` then restores the mean over all of ``hidden``.

    ``shares`` says how much each row counts in that mean; they add up to 1.
    Shapes: hidden [B, 77, width], multipliers [B, 77].
    """
    weightless = all(multiplier == 1.0 for row in multipliers for multiplier in row)
    if weightless or mode in (Emphasis.NONE, Emphasis.IGNORE):
        return hidden
    scale = torch.tensor(multipliers, dtype=hidden.dtype, device=hidden.device)
    scaled = hidden * scale[..., None]
    if mode is Emphasis.NO_NORM:
        return scaled
    mean = _mean(scaled, shares)
    ratio = _mean(hidden, shares) / mean if mean else math.nan
    return scaled * ratio if math.isfinite(ratio) else scaled


def _mean(rows: Tensor, shares: Sequence[float]) -> float:
    means = rows.float().mean(dim=(1, 2)).tolist()
    return sum(mean * share for mean, share in zip(means, shares))


def _identity(chunk: Chunk) -> tuple[object, ...]:
    return chunk.tokens, tuple((offset, id(embedding)) for offset, embedding in chunk.placements)


def _pad(chunks: list[Chunk], length: int) -> list[Chunk]:
    return chunks + [Chunk.seal()] * (length - len(chunks))


def _with_padding(tokens: Sequence[int], pad_id: int) -> list[int]:
    first_end = tokens.index(END_ID)
    return [*tokens[: first_end + 1], *[pad_id] * (len(tokens) - first_end - 1)]
