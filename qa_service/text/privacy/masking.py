"""Replaces personal data in a text by readable markers before anything is stored."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from qa_service.text.privacy.addresses import address_spans
from qa_service.text.privacy.codes import account_spans, code_spans, impersonal_codes
from qa_service.text.privacy.kinds import MARKERS, PersonalDataKind, Span, Spans
from qa_service.text.privacy.names import name_spans
from qa_service.text.privacy.numbers import number_spans
from qa_service.text.privacy.view import TextView

__all__ = ["MARKERS", "Masked", "PersonalDataKind", "mask_personal_data", "masked"]


@dataclass(frozen=True, slots=True)
class Masked:
    """A text without the personal data found; each kind once, in order of appearance."""

    text: str
    found: tuple[PersonalDataKind, ...]


class MaskedText(str):
    """A text that was masked already, so that masking it again costs nothing."""

    __slots__ = ()


_FINDERS: tuple[Callable[[str], Spans], ...] = (
    code_spans,
    number_spans,
    account_spans,
    address_spans,
    name_spans,
)
"""Finders in the order in which they look; each sees what the ones before left."""

LOOKS = 3
"""Most times that a finder looks: pieces of one number may hide those of another beside it."""


def mask_personal_data(text: str) -> Masked:
    """Replace personal data in ``text`` by markers such as 〔手机号〕.

    Document numbers, amounts, years, hotlines and credit codes are kept. Each finder reads the
    text once, so the time is linear in its length. Masking the result changes nothing.
    """
    if isinstance(text, MaskedText):
        return Masked(text, ())
    spans = _spans(text)
    found = dict.fromkeys(span.kind for span in spans)
    return Masked(MaskedText(_replaced(text, spans)), tuple(found))


def masked(text: str) -> str:
    """Return ``text`` with personal data replaced by markers."""
    return mask_personal_data(text).text


Said = tuple[tuple[PersonalDataKind, str], ...]
"""Kind and words of each piece of personal data in a text, in order."""


def masked_and_said(text: str) -> tuple[str, Said]:
    """Return ``text`` masked, and what was masked in it, for one reading of a long text."""
    spans = _spans(text)
    said = tuple((span.kind, text[span.start : span.end]) for span in spans)
    return MaskedText(_replaced(text, spans)), said


def personal_data(text: str) -> Said:
    """Return the kind and the words of each piece of personal data in ``text``, in order."""
    return masked_and_said(text)[1]


def _spans(text: str) -> list[Span]:
    """Return start, end and kind of each piece of personal data in ``text``, in order."""
    view = TextView(text)
    view.hide(list(impersonal_codes(view.plain)))
    found: list[Span] = []
    for finder in _FINDERS:
        for _ in range(LOOKS):
            new = _apart(finder(view.plain))
            if not new:
                break
            view.hide([(span.start, span.end) for span in new])
            found += [Span(*view.position(span.start, span.end), span.kind) for span in new]
    return _apart(found)


def _apart(spans: Iterable[Span]) -> list[Span]:
    """Return the spans in order, the longest at each place, without those that overlap it."""
    apart: list[Span] = []
    for span in sorted(spans, key=lambda one: (one.start, -one.end)):
        if not apart or span.start >= apart[-1].end:
            apart.append(span)
    return apart


def _replaced(text: str, spans: list[Span]) -> str:
    """Return ``text`` with each span replaced by its marker."""
    parts, at = [], 0
    for start, end, kind in spans:
        parts += [text[at:start], MARKERS[kind]]
        at = end
    return "".join([*parts, text[at:]])
