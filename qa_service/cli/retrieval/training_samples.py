"""Questions to train a re-ranker on: judged ones, the bank's wordings, folders of examples."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from qa_service.cli.console import progress_bar, say
from qa_service.cli.retrieval.judged_sets import load_set, vectors_in_use
from qa_service.cli.retrieval.sample_kinds import SampleKind
from qa_service.cli.service import read_settings
from qa_service.retrieval.evaluation.judged_questions import Split

if TYPE_CHECKING:
    from qa_service.retrieval.encoders.encoder import Encoder
    from qa_service.retrieval.engine import RetrievalEngine
    from qa_service.retrieval.evaluation.dataset import EvaluationSet
    from qa_service.retrieval.training.answers import AnsweredQuestion
    from qa_service.retrieval.training.contrasts import ContrastSet
    from qa_service.retrieval.training.look_alikes import LookAlike
    from qa_service.retrieval.training.rows import RankedQuery
    from qa_service.retrieval.training.wording_groups import WordingGroups


@dataclass(frozen=True, slots=True)
class Samples:
    """Questions to learn from, by kind, and to measure with; pairs that may be wrong candidates."""

    by_kind: "dict[SampleKind, list[RankedQuery]]"
    tune: "list[RankedQuery]"
    own: frozenset[int]

    @property
    def learned(self) -> "list[RankedQuery]":
        """The questions to learn from of every kind."""
        return [one for some in self.by_kind.values() for one in some]


def load_training_set(folder: Path) -> "EvaluationSet":
    """Return the set in ``folder``; its questions state train and tune split.

    Raises UnusableEvaluationSetError for another.
    """
    from qa_service.retrieval.evaluation.dataset import UnusableEvaluationSetError

    found = load_set(folder, None)
    missing = [split for split in (Split.TRAIN, Split.TUNE) if not found.of_split(split).queries]
    if missing:
        labels = "、".join(f"{split.label}（{split}）" for split in missing)
        raise UnusableEvaluationSetError(f"评测集 {folder} 中没有划分为{labels}的问题，无法训练")
    return found


def read_groups_in(folder: Path) -> "WordingGroups":
    """Return the groups of wordings in ``folder``; raises UnusableWordingGroupsError."""
    from qa_service.retrieval.training.wording_groups import read_groups

    return read_groups(folder)


def look_alikes_in(folder: Path, questions: Path) -> "list[LookAlike]":
    """Return the look-alikes in ``folder`` of the bank that ``questions`` are asked of.

    Raises UnusableLookAlikesError. None without the bank, which is a fault of the questions.
    """
    from qa_service.retrieval.evaluation.dataset import BANK_FILE, pair_ids_by_key
    from qa_service.retrieval.training.look_alikes import read_look_alikes

    if not (questions.parent / BANK_FILE).exists():
        return []
    return read_look_alikes(folder, pair_ids_by_key(questions.parent))


def contrasts_in(
    folder: Path, questions: Path, grouped: "WordingGroups | None"
) -> "list[ContrastSet]":
    """Return the contrast sets in ``folder`` of the bank that ``questions`` are asked of.

    Those of groups too, if ``grouped`` are given. Raises UnusableContrastsError. None without
    the bank, which is a fault of the questions.
    """
    groups = None if grouped is None else {group[0]: group for group in grouped.every()}
    return _labelled_in(folder, questions, groups, "一字之差的问法")


def answers_in(folder: Path, grouped: "WordingGroups | None") -> "list[AnsweredQuestion]":
    """Return the answers in ``folder`` of the groups; none without ``grouped``.

    Raises UnusableAnswersError.
    """
    from qa_service.retrieval.training.answers import read_answers

    if grouped is None:
        return []
    return read_answers(folder, {group[0] for group in grouped.every()})


def letters_in(folder: Path, questions: Path) -> "list[ContrastSet]":
    """Return the letters in ``folder`` about pairs of the bank ``questions`` are asked of.

    Raises UnusableContrastsError. None without the bank, which is a fault of the questions.
    """
    return _labelled_in(folder, questions, None, "来信")


def _labelled_in(
    folder: Path, questions: Path, groups: "dict[str, list[str]] | None", what: str
) -> "list[ContrastSet]":
    """Return the sets of texts that ask the same as a pair or group, or another thing."""
    from qa_service.retrieval.evaluation.dataset import BANK_FILE, wordings_by_key
    from qa_service.retrieval.training.contrasts import Contrasted, read_contrasts

    if not (questions.parent / BANK_FILE).exists():
        return []
    contrasted = Contrasted(wordings_by_key(questions.parent), groups)
    return read_contrasts(folder, contrasted, what=what)


def bank_samples(
    engine: "RetrievalEngine",
    evaluated: "EvaluationSet",
    seed: int,
    *,
    variants: int,
    whole_bank: bool,
) -> Samples:
    """Index the set and return its questions, with ``variants`` wordings of each pair at most.

    The wordings are those of every pair with ``whole_bank``, else of the train split's pairs.
    """
    from qa_service.retrieval.evaluation.evaluation import index_set
    from qa_service.retrieval.training.rows import pairs_in, pairs_of, rank_queries, rank_variants

    with progress_bar("编码") as advance:
        known = vectors_in_use(engine)
        index_set(engine, evaluated, known=known, progress=advance)
    with progress_bar("挑选训练样本") as advance:
        asked = rank_queries(engine, evaluated, Split.TRAIN, advance)
        own = pairs_in(evaluated) if whole_bank else pairs_of(asked)
        stored = rank_variants(engine, evaluated, own, seed, most=variants, progress=advance)
        tune = rank_queries(engine, evaluated, Split.TUNE, advance)
    return Samples({SampleKind.QUESTIONS: asked, SampleKind.VARIANTS: stored}, tune, own)


def with_more(samples: Samples, kind: SampleKind, more: "list[RankedQuery]") -> Samples:
    """Return the samples with a further kind of questions to learn from."""
    from qa_service.retrieval.training.rows import pairs_of

    own = samples.own | pairs_of(more)
    return replace(samples, by_kind={**samples.by_kind, kind: more}, own=own)


def group_samples(
    encoder: "Encoder", grouped: "WordingGroups", seed: int, asked: int
) -> "list[RankedQuery]":
    """Return questions of the groups with their candidates."""
    from qa_service.retrieval.training.group_candidates import rank_groups

    say("正在编码问法分组，约需几分钟")
    groups = grouped.every()
    vectors = encoder.encode_texts([text for group in groups for text in group])
    return rank_groups(groups, vectors, seed, most=asked)


def look_alike_samples(
    engine: "RetrievalEngine",
    encoder: "Encoder",
    look_alikes: "list[LookAlike]",
    evaluated: "EvaluationSet",
    samples: Samples,
) -> "list[RankedQuery]":
    """Return look-alikes of the own pairs with the pair, and questions with look-alikes."""
    from qa_service.retrieval.training.look_alikes import (
        rank_look_alikes,
        read_beside_look_alikes,
    )

    say("正在编码相似而不同的问法")
    own = [one for one in look_alikes if one.pair_id in samples.own]
    vectors = encoder.encode_texts([one.text for one in own])
    stored = engine.vectors_by_text()
    return [
        *rank_look_alikes(own, vectors, evaluated.pairs, stored),
        *read_beside_look_alikes(samples.learned, own, vectors, stored),
    ]


def samples_beside_themselves(
    evaluated: "EvaluationSet",
    samples: Samples,
    look_alikes: "list[LookAlike]",
    grouped: "WordingGroups | None",
    seed: int,
) -> "list[RankedQuery]":
    """Return own look-alikes and one wording of each own pair and group beside themselves."""
    import random

    from qa_service.retrieval.training.retold import read_beside_themselves

    chance = random.Random(seed)  # noqa: S311 - a draw of examples, not a secret
    own = [one for one in evaluated.pairs if one.pair_id in samples.own]
    texts = [
        *((one.text, "") for one in look_alikes if one.pair_id in samples.own),
        *((chance.choice((one.question, *one.variants)), one.question) for one in own),
        *((chance.choice(group), group[0]) for group in (grouped.every() if grouped else ())),
    ]
    return read_beside_themselves(texts, chance)


def contrast_samples(
    encoder: "Encoder", contrasts: "list[ContrastSet]", seed: int
) -> "list[RankedQuery]":
    """Return texts a small edit away from a stored wording, with that wording."""
    from qa_service.retrieval.training.contrasts import rank_contrasts

    say("正在编码一字之差的问法")
    return rank_contrasts(contrasts, encoder.encode_texts, seed)


def letter_samples(
    encoder: "Encoder", letters: "list[ContrastSet]", seed: int
) -> "list[RankedQuery]":
    """Return letters with the wording of their pair that is nearest to them."""
    from qa_service.retrieval.training.contrasts import rank_contrasts

    say("正在编码来信")
    # A pair is never as long as a letter, so none is read the other way round.
    return rank_contrasts(letters, encoder.encode_texts, seed, turned=0)


def answer_samples(
    encoder: "Encoder",
    evaluated: "EvaluationSet",
    samples: Samples,
    texts: "list[ContrastSet]",
    answered: "list[AnsweredQuestion]",
    seed: int,
) -> "list[RankedQuery]":
    """Return questions beside passages of answers, of the bank and ``answered`` ones.

    A share of the samples, and of the ``texts``: contrasts and letters.
    """
    import random

    from qa_service.retrieval.training.answers import (
        BESIDE_ANSWERS,
        beside_answers,
        rank_readings,
        readings_of,
    )

    say("正在编码答案")
    chance = random.Random(seed)  # noqa: S311 - a draw of examples, not a secret
    pairs, encode = evaluated.pairs, encoder.encode_texts
    answers = {one.question: one.answer for one in pairs if one.answer.strip()}
    answers |= {one.question: one.answer for one in answered}
    readings = readings_of(texts, answered, answers.keys())
    drawn = chance.sample(readings, round(BESIDE_ANSWERS * len(readings)))
    return [
        *beside_answers(samples.learned, pairs, encode, share=BESIDE_ANSWERS, seed=seed),
        *rank_readings(drawn, answers, encode),
    ]


def without_twin_groups(
    ranked: "list[RankedQuery]", grouped: "WordingGroups", start: Path, threads: int
) -> "list[RankedQuery]":
    """Return the questions without candidates that the model in ``start`` takes for the same.

    Raises RerankerUnavailableError.
    """
    from qa_service.retrieval.reranking.reranker import load_default
    from qa_service.retrieval.training.group_candidates import without_twins

    data_dir = read_settings().data_dir
    reranker = load_default(start, data_dir=data_dir, report=say, threads=threads)
    with progress_bar("比对不同事项的问法") as advance:
        return without_twins(ranked, grouped.matters(), reranker.scores, advance)
