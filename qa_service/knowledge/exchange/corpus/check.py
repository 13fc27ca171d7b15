"""Checks the files of a corpus against each other, without a database."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypeVar

from qa_service.accounts.areas import AREAS_OF_THE_NOTICE
from qa_service.accounts.units import UnitContent
from qa_service.errors import FieldProblem, InvalidInputError
from qa_service.knowledge.exchange.corpus.charts import CHARTS_FOLDER, read_charts
from qa_service.knowledge.exchange.corpus.kept_apart import (
    KEPT_APART_FILE,
    InvalidKeptApartError,
    read_kept_apart,
)
from qa_service.knowledge.exchange.corpus.loading import (
    AREAS_FILE,
    PAIRS_FILE,
    POLICIES_FILE,
    UNITS_FILE,
)
from qa_service.knowledge.exchange.rows.area_columns import read_area
from qa_service.knowledge.exchange.rows.pair_columns import PairRow, read_pair
from qa_service.knowledge.exchange.rows.policy_columns import read_policy
from qa_service.knowledge.exchange.rows.readers import read_rows
from qa_service.knowledge.exchange.rows.source_row import SourceRow
from qa_service.knowledge.exchange.rows.unit_columns import read_unit
from qa_service.knowledge.media.drawings import UnsafeDrawingError, drawing_title
from qa_service.knowledge.pairs.record.content import question_key
from qa_service.knowledge.policies.service import PolicyContent
from qa_service.knowledge.rules import ENDED
from qa_service.vocabulary import AreaKey

VARIANTS_A_PAIR = 3

_FIRST_DAY = date(1949, 10, 1)
_LAST_DAY = date(2100, 1, 1)

Read = TypeVar("Read")
Lines = dict[int, Read]
"""The parsed lines of a file."""


@dataclass(frozen=True, slots=True)
class CorpusProblem:
    """A problem of the corpus; ``line`` is 0 and ``field`` "" where it has no one place."""

    file: str
    line: int
    field: str
    message: str


@dataclass(slots=True)
class Corpus:
    """The readable lines of the files by line number, and the problems of the others."""

    areas: tuple[AreaKey, ...]
    units: Lines[UnitContent]
    policies: Lines[PolicyContent]
    pairs: Lines[PairRow]
    problems: list[CorpusProblem]


def check_corpus(corpus_dir: Path) -> list[CorpusProblem]:
    """Return every problem to be solved before the corpus may be loaded."""
    corpus = read_corpus(corpus_dir)
    kept_apart = _check_kept_apart(corpus, corpus_dir / KEPT_APART_FILE)
    checks = (_check_units, _check_policies, _check_references, _check_bases, _check_questions)
    found = [problem for check in checks for problem in check(corpus)]
    charts = _check_charts(corpus, corpus_dir / CHARTS_FOLDER)
    return [*corpus.problems, *found, *kept_apart, *charts]


def read_corpus(corpus_dir: Path) -> Corpus:
    """Return the lines of the files, and the problems of those that cannot be read."""
    problems: list[CorpusProblem] = []
    return Corpus(
        areas=_areas(corpus_dir / AREAS_FILE, problems),
        units=_read_lines(corpus_dir / UNITS_FILE, read_unit, problems),
        policies=_read_lines(corpus_dir / POLICIES_FILE, read_policy, problems),
        pairs=_read_lines(corpus_dir / PAIRS_FILE, read_pair, problems),
        problems=problems,
    )


def _read_lines(
    path: Path, read: Callable[[SourceRow], Read], problems: list[CorpusProblem]
) -> Lines[Read]:
    """Return the readable lines of a file by number; problems are added to ``problems``."""
    lines: Lines[Read] = {}
    try:
        for row in read_rows(path):
            try:
                lines[row.number] = read(row)
            except InvalidInputError as error:
                problems += _row_problems(path.name, row, error.problems)
    except InvalidInputError as error:
        problems.append(CorpusProblem(path.name, 0, "", error.message))
    return lines


def _areas(path: Path, problems: list[CorpusProblem]) -> tuple[AreaKey, ...]:
    """Return the keys of the corpus' areas; those of the notice if it has no file of areas."""
    if not path.exists():
        return tuple(area.key for area in AREAS_OF_THE_NOTICE)
    return tuple(area.key for area in _read_lines(path, read_area, problems).values())


def _unknown_area(area: AreaKey, corpus: Corpus) -> str:
    """Return the message about an area the corpus does not have."""
    listed = "、".join(corpus.areas)
    return f"没有领域“{area}”，请在 {AREAS_FILE} 中加一行，或从{listed}中选择"


def _row_problems(
    file: str, row: SourceRow, problems: Iterable[FieldProblem]
) -> Iterator[CorpusProblem]:
    """Yield the problems of one row as problems of the corpus."""
    for problem in problems:
        yield CorpusProblem(file, row.number, problem.field, problem.message)


def _check_units(corpus: Corpus) -> Iterator[CorpusProblem]:
    """Yield repeated units, areas not led by exactly one unit, and a wrong default."""
    yield from _repeats(UNITS_FILE, "key", {n: unit.key for n, unit in corpus.units.items()})
    yield from _repeats(UNITS_FILE, "name", {n: unit.name for n, unit in corpus.units.items()})
    defaults = [number for number, unit in corpus.units.items() if unit.is_default]
    if len(defaults) != 1:
        message = f"兜底单位（default）应有且只有一个，现有 {len(defaults)} 个"
        yield CorpusProblem(UNITS_FILE, 0, "default", message)
    led = [area for unit in corpus.units.values() for area in unit.fields]
    for number, unit in corpus.units.items():
        for area in unit.fields:
            if area not in corpus.areas:
                yield CorpusProblem(UNITS_FILE, number, "fields", _unknown_area(area, corpus))
    for area in corpus.areas:
        if led.count(area) != 1:
            message = f"领域“{area}”应由一个单位牵头，现有 {led.count(area)} 个"
            yield CorpusProblem(UNITS_FILE, 0, "fields", message)


def _check_policies(corpus: Corpus) -> Iterator[CorpusProblem]:
    """Yield repeated policies, unused ones, and replacements that do not exist."""
    lines = corpus.policies
    yield from _repeats(POLICIES_FILE, "key", {n: policy.key for n, policy in lines.items()})
    keys = {policy.key for policy in lines.values()}
    cited = {basis.policy for pair in corpus.pairs.values() for basis in pair.content.basis}
    replacing = {policy.replaced_by for policy in lines.values()}
    units = {unit.key for unit in corpus.units.values()}
    for number, policy in lines.items():
        if policy.replaced_by and policy.replaced_by not in keys:
            message = f"替代文件“{policy.replaced_by}”不在政策库中"
            yield CorpusProblem(POLICIES_FILE, number, "replaced_by", message)
        if policy.key not in cited | replacing:
            message = f"没有问答引用“{policy.key}”，请引用或删去"
            yield CorpusProblem(POLICIES_FILE, number, "key", message)
        if policy.unit not in units:
            named = f"没有单位“{policy.unit}”" if policy.unit else "没有起草单位"
            message = f"{named}，请用 {UNITS_FILE} 中的标识"
            yield CorpusProblem(POLICIES_FILE, number, "unit", message)
        if policy.validity in ENDED and policy.invalid_since is None:
            message = f"文件已{policy.validity}，请写明失效日期"
            yield CorpusProblem(POLICIES_FILE, number, "invalid_since", message)
        days = {
            "issued_on": policy.issued_on,
            "effective_from": policy.effective_from,
            "invalid_since": policy.invalid_since,
        }
        yield from _odd_days(POLICIES_FILE, number, days)


def _check_references(corpus: Corpus) -> Iterator[CorpusProblem]:
    """Yield repeated keys of pairs, and units and policies that do not exist."""
    units = {unit.key for unit in corpus.units.values()}
    policies = {policy.key for policy in corpus.policies.values()}
    keys = {number: pair.key for number, pair in corpus.pairs.items() if pair.key}
    yield from _repeats(PAIRS_FILE, "key", keys)
    for number, pair in corpus.pairs.items():
        content = pair.content
        if pair.key is None:
            yield CorpusProblem(PAIRS_FILE, number, "key", "不能为空，请给每条问答一个编号")
        if content.area not in corpus.areas:
            yield CorpusProblem(PAIRS_FILE, number, "field", _unknown_area(content.area, corpus))
        if content.unit not in units:
            message = f"没有承办单位“{content.unit}”，请用 {UNITS_FILE} 中的标识"
            yield CorpusProblem(PAIRS_FILE, number, "unit", message)
        for cited in content.basis:
            if cited.policy not in policies:
                message = f"政策库中没有“{cited.policy}”，请用 {POLICIES_FILE} 中的标识"
                yield CorpusProblem(PAIRS_FILE, number, "basis", message)


def _check_bases(corpus: Corpus) -> Iterator[CorpusProblem]:
    """Yield pairs without a basis in force, and implausible dates."""
    ended = {policy.key for policy in corpus.policies.values() if policy.validity in ENDED}
    for number, pair in corpus.pairs.items():
        content = pair.content
        days = {"effective_from": content.effective_from, "expires_on": content.expires_on}
        yield from _odd_days(PAIRS_FILE, number, days)
        if not content.basis:
            yield CorpusProblem(PAIRS_FILE, number, "basis", "没有政策依据，请补上")
        lapsed = [cited.policy for cited in content.basis if cited.policy in ended]
        if lapsed and content.expires_on is None:
            message = f"依据“{lapsed[0]}”已失效或废止，请写明失效日期"
            yield CorpusProblem(PAIRS_FILE, number, "expires_on", message)


def _check_questions(corpus: Corpus) -> Iterator[CorpusProblem]:
    """Yield pairs with too few variants, and wordings asked twice."""
    first_line: dict[str, int] = {}
    for number, pair in corpus.pairs.items():
        content = pair.content
        if len(content.variants) < VARIANTS_A_PAIR:
            message = f"相似问至少 {VARIANTS_A_PAIR} 条，现有 {len(content.variants)} 条"
            yield CorpusProblem(PAIRS_FILE, number, "variants", message)
        asked = [("question", content.question)]
        asked += [("variants", variant) for variant in content.variants]
        for field, text in asked:
            key = question_key(text)
            if key in first_line:
                message = f"“{text}”与第{first_line[key]}行的标准问题或相似问相同，请改写"
                yield CorpusProblem(PAIRS_FILE, number, field, message)
            first_line.setdefault(key, number)


def _check_kept_apart(corpus: Corpus, path: Path) -> Iterator[CorpusProblem]:
    """Yield lines about pairs kept apart that do not exist."""
    keys = {pair.key for pair in corpus.pairs.values()}
    try:
        for number, one in enumerate(read_kept_apart(path), start=1):
            for key in {one.first, one.second} - keys:
                yield CorpusProblem(path.name, number, "pairs", f"没有编号为“{key}”的问答")
    except InvalidKeptApartError as error:
        yield CorpusProblem(path.name, 0, "", error.message)


def _check_charts(corpus: Corpus, folder: Path) -> Iterator[CorpusProblem]:
    """Yield drawings of pairs that do not exist, and those that hold more than shapes."""
    keys = {pair.key for pair in corpus.pairs.values()}
    for key, content in read_charts(folder):
        name = f"{CHARTS_FOLDER}/{key}.svg"
        if key not in keys:
            yield CorpusProblem(name, 0, "", f"没有编号为“{key}”的问答")
        try:
            drawing_title(content)
        except UnsafeDrawingError as error:
            yield CorpusProblem(name, 0, "", error.message)


def _repeats(file: str, field: str, values: Lines[str]) -> Iterator[CorpusProblem]:
    """Yield a problem for each value that stands on an earlier line too."""
    first_line: dict[str, int] = {}
    for number, value in values.items():
        line = first_line.setdefault(value, number)
        if line != number:
            yield CorpusProblem(file, number, field, f"“{value}”与第{line}行重复")


def _odd_days(file: str, number: int, days: dict[str, date | None]) -> Iterator[CorpusProblem]:
    """Yield a problem for each implausible date."""
    for field, day in days.items():
        if day is not None and not _FIRST_DAY <= day < _LAST_DAY:
            yield CorpusProblem(file, number, field, f"日期 {day.isoformat()} 不合常理，请核对")
