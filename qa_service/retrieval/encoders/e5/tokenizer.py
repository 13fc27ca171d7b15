"""The tokenizer of multilingual-e5-small: SentencePiece unigrams with nmt_nfkc rules.

The rules are written as SentencePiece's ``precompiled_charsmap``: the byte length of a
double-array trie (u32), the trie, and the zero-terminated replacements it points to. The
trie is darts-clone's: a unit holds a label in bits 0-7, bit 8 says that a value follows,
bits 10-30 hold the distance (exclusive or) to the children; a value is a unit with bit 31.
"""

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tokenizers import (
    AddedToken,
    Regex,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
)

from qa_service.retrieval.encoders.e5.weights import Vocabulary

BEGIN, END, PADDING, UNKNOWN, MASK = "<s>", "</s>", "<pad>", "<unk>", "<mask>"

_WORD_START = "\u2581"
_HAS_VALUE = 1 << 8
_IS_VALUE = 1 << 31
_FARTHEST = 1 << 21


def build_tokenizer(vocabulary: Vocabulary, rules: Mapping[str, str]) -> Tokenizer:
    """The tokenizer that cuts ``<s> text </s>`` into ids, as the model was trained on."""
    tokenizer = Tokenizer(
        models.Unigram(list(vocabulary.pieces), unk_id=vocabulary.unknown, byte_fallback=False)
    )
    tokenizer.normalizer = normalizers.Sequence(
        [
            # The rules are for single characters; combining marks must be composed before.
            normalizers.NFC(),
            normalizers.Precompiled(precompiled_charsmap(rules)),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(_WORD_START, prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(_WORD_START, prepend_scheme="always")
    ids = {piece: number for number, (piece, _) in enumerate(vocabulary.pieces)}
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{BEGIN} $A {END}",
        pair=f"{BEGIN} $A {END} {END} $B {END}",
        special_tokens=[(BEGIN, ids[BEGIN]), (END, ids[END])],
    )
    tokenizer.add_special_tokens(
        [_special(token) for token in (BEGIN, PADDING, END, UNKNOWN, MASK)]
    )
    return tokenizer


def precompiled_charsmap(rules: Mapping[str, str]) -> bytes:
    """``rules`` (text to replacement, the longest text wins) as SentencePiece stores them."""
    replacements = bytearray()
    places: dict[str, int] = {}
    root = _Node()
    for text, replacement in sorted(rules.items()):
        if replacement not in places:
            places[replacement] = len(replacements)
            replacements += replacement.encode() + b"\0"
        root.insert(text.encode(), places[replacement])
    units = _DoubleArray().filled(root)
    trie = struct.pack(f"<{len(units)}I", *units)
    return struct.pack("<I", len(trie)) + trie + bytes(replacements)


def _special(token: str) -> AddedToken:
    return AddedToken(token, special=True, normalized=False, lstrip=token == MASK)


@dataclass(slots=True)
class _Node:
    """A trie node over bytes."""

    children: "dict[int, _Node]" = field(default_factory=dict)
    value: int | None = None

    def insert(self, key: bytes, value: int) -> None:
        node = self
        for byte in key:
            node = node.children.setdefault(byte, _Node())
        node.value = value

    def codes(self) -> list[int]:
        """The labels below, 0 standing for the value."""
        return [*([] if self.value is None else [0]), *self.children]


class _DoubleArray:
    """Units of a double array; grown in steps of 256 so that a label never leaves its block."""

    def __init__(self) -> None:
        self._units = [0] * 256
        self._used = {0}
        self._bases: set[int] = set()
        self._next_base: dict[int, int] = {}

    def filled(self, root: _Node) -> list[int]:
        """The units with ``root`` at 0; raises ValueError if a unit cannot reach that far."""
        waiting = [(0, root)]
        for place, node in waiting:
            base = self._take_base(node.codes())
            if place ^ base >= _FARTHEST:
                raise ValueError("too many rules for this form of double array")
            self._units[place] |= (place ^ base) << 10
            if node.value is not None:
                self._units[place] |= _HAS_VALUE
                self._units[base] = _IS_VALUE | node.value
            for byte, child in node.children.items():
                self._units[base ^ byte] = byte
                waiting.append((base ^ byte, child))
        return self._units

    def _take_base(self, codes: list[int]) -> int:
        # Nodes with equally many children never look back: quick, and little space is lost.
        base = self._next_base.get(len(codes), 1)
        while base in self._bases or self._taken(base ^ code for code in codes):
            base += 1
        self._next_base[len(codes)] = base + 1
        self._bases.add(base)
        self._used.update(base ^ code for code in codes)
        missing = (base | 255) + 1 - len(self._units)
        self._units += [0] * max(0, missing)
        return base

    def _taken(self, places: Iterable[int]) -> bool:
        return any(place in self._used for place in places)
