"""The tokenizer of multilingual-e5-small: SentencePiece unigrams with nmt_nfkc rules.

The rules are NMT's treatment of control characters followed by NFKC, with one exception: the
full-width tilde stays as it is.
"""

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
_TILDE = "\uff5e"
_TILDE_STAND_IN = "\ufdd0"
"""A noncharacter, which no text may contain and NFKC leaves alone."""


def build_tokenizer(vocabulary: Vocabulary) -> Tokenizer:
    """Return the tokenizer that cuts ``<s> text </s>`` into ids, as the model was trained on."""
    tokenizer = Tokenizer(
        models.Unigram(list(vocabulary.pieces), unk_id=vocabulary.unknown, byte_fallback=False)
    )
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Replace(_TILDE, _TILDE_STAND_IN),
            normalizers.Nmt(),
            normalizers.NFKC(),
            normalizers.Replace(_TILDE_STAND_IN, _TILDE),
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


def _special(token: str) -> AddedToken:
    """Return ``token`` as one that is never split; the mask takes the space before it."""
    return AddedToken(token, special=True, normalized=False, lstrip=token == MASK)
