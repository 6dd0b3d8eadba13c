"""The CLIP byte-pair tokenizer, written against the vocabulary file that ``open_clip_torch`` ships.

Two encoders of the same vocabulary exist: the one of SD 1 and SDXL's first tower, and OpenCLIP's, which also
resolves HTML entities and spells its special tokens differently.
Reference: arXiv:1508.07909 (byte-pair encoding); OpenAI CLIP ``simple_tokenizer`` (MIT) for the pre-tokenizer.
"""

from __future__ import annotations

import gzip
import heapq
import html
import importlib.util
import itertools
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple, Protocol

import regex

from modules.foundation.errors import ConfigurationError

START_ID = 49406
END_ID = 49407
COMMA_ID = 267
_MERGE_COUNT = 49152 - 256 - 2
_LONGEST_CACHED_WORD = 64
_VOCABULARY_FILE = "bpe_simple_vocab_16e6.txt.gz"
_END_OF_WORD = "</w>"

_NEEDS_REPAIR = re.compile(r"[^\t\n\f\r -%'-~]")  # ftfy leaves all other characters alone


class Tokenizer(Protocol):
    """Turns text into token ids without start, end or padding."""

    comma_id: int

    def encode(self, text: str) -> list[int]: ...

    def symbol(self, token: int) -> str:
        """Return the text a token stands for, with its end-of-word mark; empty for special tokens."""
        ...


class Spelling(NamedTuple):
    """What distinguishes the two tokenizers of the CLIP vocabulary."""

    start: str
    end: str
    resolves_entities: bool


CLIP = Spelling("<|startoftext|>", "<|endoftext|>", resolves_entities=False)
OPEN_CLIP = Spelling("<start_of_text>", "<end_of_text>", resolves_entities=True)


class Vocabulary(NamedTuple):
    """Token texts by id, and for a pair of ids the id they merge into (a smaller id merges earlier)."""

    symbols: Sequence[str]
    byte_ids: Sequence[int]
    last_byte_ids: Sequence[int]
    merges: dict[tuple[int, int], int]


class ClipTokenizer:
    """Lower-casing byte-pair encoder; words seen before come from a cache."""

    comma_id = COMMA_ID

    def __init__(self, vocabulary: Vocabulary, spelling: Spelling = CLIP) -> None:
        self._vocabulary = vocabulary
        self._spelling = spelling
        self._special = {spelling.start: START_ID, spelling.end: END_ID}
        self._words = regex.compile(
            rf"{regex.escape(spelling.start)}|{regex.escape(spelling.end)}"
            r"|'s|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\s\p{L}\p{N}]+", regex.IGNORECASE)
        self._encode_common = lru_cache(maxsize=1 << 16)(self._encode_word)

    def encode(self, text: str) -> list[int]:
        """Return the ids of a text. Unpaired surrogates become U+FFFD."""
        ids: list[int] = []
        for word in self._words.findall(self._clean(text)):
            short = len(word) <= _LONGEST_CACHED_WORD
            ids += self._encode_common(word) if short else self._encode_word(word)
        return ids

    def symbol(self, token: int) -> str:
        return self._vocabulary.symbols[token] if token < len(self._vocabulary.symbols) else ""

    def _clean(self, text: str) -> str:
        if _NEEDS_REPAIR.search(text):
            import ftfy  # 0.1 s, and most prompts are plain ASCII

            text = ftfy.fix_text(text)
        if self._spelling.resolves_entities:
            text = html.unescape(html.unescape(text))
        return text.lower()

    def _encode_word(self, word: str) -> tuple[int, ...]:
        if word in self._special:
            return (self._special[word],)
        data = word.encode("utf-8")
        ids = [self._vocabulary.byte_ids[byte] for byte in data[:-1]]
        return tuple(_merge([*ids, self._vocabulary.last_byte_ids[data[-1]]], self._vocabulary.merges))


def load_vocabulary() -> Vocabulary:
    """Read the CLIP vocabulary of the installed ``open_clip_torch`` package without importing it.

    Raises: ConfigurationError.
    """
    try:
        with gzip.open(_find_vocabulary(), "rt", encoding="utf-8") as file:
            lines = list(itertools.islice(file, 1, _MERGE_COUNT + 1))
        return _number_symbols([tuple(line.split()) for line in lines])
    except (OSError, EOFError, UnicodeDecodeError, ValueError, KeyError) as error:
        raise ConfigurationError(f"The CLIP vocabulary {_VOCABULARY_FILE} cannot be read: {error}.",
                                 remedy="Reinstall the package open_clip_torch.") from error


def _find_vocabulary() -> Path:
    package = importlib.util.find_spec("open_clip")
    folders = list(package.submodule_search_locations or ()) if package else []
    paths = [Path(folder, _VOCABULARY_FILE) for folder in folders]
    found = next((path for path in paths if path.is_file()), None)
    if found is None:
        raise ConfigurationError("The CLIP vocabulary is missing: it comes with the package open_clip_torch.",
                                 remedy="Install open_clip_torch (pip install -r requirements.txt).")
    return found


def _number_symbols(pairs: list[tuple[str, ...]]) -> Vocabulary:
    """Number bytes, bytes that end a word, then merges, in the order the model was trained with."""
    letters = _byte_letters()
    symbols = [*letters.values(), *(letter + _END_OF_WORD for letter in letters.values())]
    symbols += ["".join(pair) for pair in pairs]
    ids = {symbol: index for index, symbol in enumerate(symbols)}
    merges = {(ids[left], ids[right]): ids[left + right] for left, right in pairs}
    in_byte_order = [letters[byte] for byte in range(256)]
    return Vocabulary(symbols, [ids[letter] for letter in in_byte_order],
                      [ids[letter + _END_OF_WORD] for letter in in_byte_order], merges)


def _byte_letters() -> dict[int, str]:
    """Give every byte a printable letter, in vocabulary order: printable ones first, as themselves."""
    printable = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = [byte for byte in range(256) if byte not in printable]
    letters = {byte: chr(byte) for byte in printable}
    return letters | {byte: chr(256 + index) for index, byte in enumerate(others)}


def _merge(ids: list[int], merges: dict[tuple[int, int], int]) -> Iterator[int]:
    """Merge pairs, earliest rule first and left to right, in n·log n steps for a word of n bytes."""
    following = [*range(1, len(ids)), -1]
    preceding = list(range(-1, len(ids) - 1))
    queue = [(merges[pair], index) for index, pair in enumerate(itertools.pairwise(ids)) if pair in merges]
    heapq.heapify(queue)
    while queue:
        merged, _ = queue[0]
        places = []
        while queue and queue[0][0] == merged:  # one rule everywhere, before what it makes possible
            _, index = heapq.heappop(queue)
            right = following[index]
            if ids[index] < 0 or right < 0 or merges.get((ids[index], ids[right])) != merged:
                continue
            ids[index], ids[right] = merged, -1
            following[index] = following[right]
            if following[right] >= 0:
                preceding[following[right]] = index
            places.append(index)
        for index in places:
            for left in (preceding[index], index):
                right = following[left] if left >= 0 else -1
                if left >= 0 and right >= 0 and (ids[left], ids[right]) in merges:
                    heapq.heappush(queue, (merges[ids[left], ids[right]], left))
    return (token for token in ids if token >= 0)
