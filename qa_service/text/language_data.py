"""The bank's language files: jieba dictionary lines and synonym lines, checked line by line."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from qa_service.errors import ConfigurationError
from qa_service.text.normalise import normalise

MAX_WORD_CHARACTERS = 30

# Characters that jieba keeps together in one block; it never cuts words with any others.
_CUTTABLE = re.compile(r"[\u4e00-\u9fd5a-z0-9+#&._%\-]+")
_FREQUENCY = re.compile(r"[1-9][0-9]{0,8}")
_TAG = re.compile(r"[a-z]{1,5}")


@dataclass(frozen=True, slots=True)
class Word:
    """A word in normalised form; without a frequency jieba chooses one that keeps it uncut."""

    text: str
    frequency: int | None


def parse_dictionary(content: str, name: str) -> tuple[Word, ...]:
    """Parse a jieba user dictionary (``word [frequency] [tag]``, ``#`` for comments).

    Raises ConfigurationError, naming ``name`` and the line, when it cannot be used.
    """
    return tuple(_word(fields, name, number) for number, fields in _lines(content))


def parse_synonyms(content: str, name: str) -> dict[str, str]:
    """Return each synonym's canonical word, from lines ``canonical word word …``, normalised.

    Raises ConfigurationError, naming ``name`` and the line, when it cannot be used; a word
    may belong to one group only.
    """
    canonical_of: dict[str, str] = {}
    group_of: dict[str, int] = {}
    for number, fields in _lines(content):
        if len(fields) < 2:
            raise _fault(name, number, "至少要有一个规范词和一个同义词，用空格隔开")
        canonical, *others = (_cuttable(field, name, number) for field in fields)
        for word in dict.fromkeys((canonical, *others)):
            if word in group_of:
                raise _fault(name, number, f"“{word}”已在第 {group_of[word]} 行出现")
            group_of[word] = number
            if word != canonical:
                canonical_of[word] = canonical
    return canonical_of


def read_language_file(path: Path) -> str:
    """Return the text of a language file; raises ConfigurationError if unreadable."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ConfigurationError(f"找不到或无法读取语言文件 {path}，请检查语料目录") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"语言文件 {path} 不是 UTF-8 编码，请另存为 UTF-8") from error


def _lines(content: str) -> Iterator[tuple[int, list[str]]]:
    """Yield number and fields of each line that is neither blank nor a comment."""
    for number, line in enumerate(content.splitlines(), 1):
        fields = line.split()
        if fields and not fields[0].startswith("#"):
            yield number, fields


def _word(fields: list[str], name: str, number: int) -> Word:
    """Return the word of a dictionary line; raises ConfigurationError."""
    text, *rest = fields
    frequency = int(rest.pop(0)) if rest and _FREQUENCY.fullmatch(rest[0]) else None
    if rest and _TAG.fullmatch(rest[0]):
        rest.pop(0)
    if rest:
        raise _fault(name, number, "格式应为“词 [词频] [词性]”，词频为正整数，词性为小写字母")
    return Word(_cuttable(text, name, number), frequency)


def _cuttable(field: str, name: str, number: int) -> str:
    """Return a field in normalised form; raises ConfigurationError if jieba cannot cut it."""
    word = normalise(field)
    if not _CUTTABLE.fullmatch(word) or len(word) > MAX_WORD_CHARACTERS:
        raise _fault(name, number, f"“{field}”不能作为词，只能用汉字、字母和数字且不超过 30 字")
    return word


def _fault(name: str, number: int, what: str) -> ConfigurationError:
    """Return the error that names file and line."""
    return ConfigurationError(f"语言文件 {name} 第 {number} 行有误：{what}")
