"""Turn captions into CLIP tokens, with the vocabulary that open_clip ships."""

from __future__ import annotations

import functools
import gzip
import html
import itertools
import re
from importlib.util import find_spec
from pathlib import Path

import torch

from tools.crayon.network import END_TOKEN, START_TOKEN, TOKENS

_WORDS = re.compile(r"'s|'t|'re|'ve|'m|'ll|'d|[a-z]+|[0-9]|[^\sa-z0-9]+")


class Vocabulary:
    """Split words into byte pairs as CLIP does."""

    def __init__(self, merges: list[tuple[str, str]]) -> None:
        self._bytes = _byte_letters()
        letters = list(self._bytes.values())
        pieces = letters + [f"{letter}</w>" for letter in letters] + ["".join(merge) for merge in merges]
        self._numbers = {piece: number for number, piece in enumerate(pieces)}
        self._ranks = {merge: rank for rank, merge in enumerate(merges)}
        self._known: dict[str, list[int]] = {}

    def tokens(self, text: str) -> list[int]:
        """Return the tokens of a text, without start and end."""
        words = _WORDS.findall(html.unescape(text).lower())
        return [token for word in words for token in self._word(word)]

    def padded(self, tokens: list[int]) -> list[int]:
        """Frame tokens with start and end, and fill up with the end token to 77."""
        framed = [START_TOKEN, *tokens[: TOKENS - 2], END_TOKEN]
        return framed + [END_TOKEN] * (TOKENS - len(framed))

    def batch(self, texts: list[str]) -> torch.Tensor:
        """Return padded tokens of many texts.

        Shapes: [len(texts), 77]
        """
        return torch.tensor([self.padded(self.tokens(text)) for text in texts])

    def _word(self, word: str) -> list[int]:
        if word not in self._known:
            letters = [self._bytes[byte] for byte in word.encode("utf-8")]
            self._known[word] = [self._numbers[piece] for piece in self._merge([*letters[:-1], f"{letters[-1]}</w>"])]
        return self._known[word]

    def _merge(self, pieces: list[str]) -> list[str]:
        while len(pieces) > 1:
            best = min(itertools.pairwise(pieces), key=lambda pair: self._ranks.get(pair, len(self._ranks)))
            if best not in self._ranks:
                break
            merged, index = [], 0
            while index < len(pieces):
                if tuple(pieces[index : index + 2]) == best:
                    merged.append("".join(best))
                    index += 2
                else:
                    merged.append(pieces[index])
                    index += 1
            pieces = merged
        return pieces


@functools.cache
def clip_vocabulary() -> Vocabulary:
    """Read CLIP's merges from the installed open_clip package, without importing it.

    Raises: FileNotFoundError when open_clip_torch is not installed.
    """
    package = find_spec("open_clip")
    if package is None or package.origin is None:
        raise FileNotFoundError("CLIP's vocabulary comes with open_clip_torch: pip install open_clip_torch")
    path = Path(package.origin).with_name("bpe_simple_vocab_16e6.txt.gz")
    lines = gzip.decompress(path.read_bytes()).decode("utf-8").split("\n")[1 : 49152 - 256 - 2 + 1]
    merges = [tuple(line.split()) for line in lines]
    return Vocabulary(merges)  # type: ignore[arg-type]


def _byte_letters() -> dict[int, str]:
    """Give every byte a printable letter, as GPT-2's and CLIP's vocabularies do."""
    plain = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    letters = {byte: chr(byte) for byte in plain}
    for number, byte in enumerate(byte for byte in range(256) if byte not in letters):
        letters[byte] = chr(256 + number)
    return letters
