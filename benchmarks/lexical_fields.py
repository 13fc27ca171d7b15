"""What BM25 should index: which tokens, and which texts of a pair as one.

    python -m benchmarks.lexical_fields [DIR …] [--json]

For each way to cut (words of the service; words without dictionary and synonyms; character
bigrams) and each way to lay texts out (question alone; question and answer as one; every
wording and passage apart): recall@1 and nDCG@10 of BM25 alone on part 1 of the sets.
"""

import argparse
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import fmean

import numpy as np

from benchmarks.figures import show
from qa_service.retrieval.backends.embedded.bm25 import LexicalIndex
from qa_service.retrieval.documents import IndexedPair
from qa_service.retrieval.evaluation.dataset import EvaluationSet, load_evaluation_set
from qa_service.retrieval.evaluation.ir_metrics import ndcg, recall
from qa_service.services import open_tokenizer
from qa_service.settings import Settings
from qa_service.text.normalise import normalise
from qa_service.text.tokenize import Tokenizer, WordList, character_bigrams

Cut = Callable[[str], list[str]]
Lay = Callable[[IndexedPair], Iterable[str]]

DEPTH = 200

LAYOUTS: dict[str, Lay] = {
    "question alone": lambda pair: [pair.question or pair.answer[:200]],
    "all as one": lambda pair: [" ".join([pair.question, *pair.variants, pair.answer])],
    "each text apart": lambda pair: [text for _, text in pair.texts()],
}


def cuts(corpus: Path) -> dict[str, Cut]:
    """The ways to cut normalised text."""
    service = open_tokenizer(Settings(_env_file=None, corpus_dir=corpus))
    bare = Tokenizer(WordList("", ""))
    return {
        "service": service.tokens,
        "no dictionary": bare.tokens,
        "bigrams": character_bigrams,
        "words and bigrams": lambda text: service.tokens(text) + character_bigrams(text),
    }


def measure(judged: EvaluationSet, cut: Cut, lay: Lay) -> str:
    """Recall@1 and nDCG@10 of BM25 over the texts that ``lay`` gives."""
    index, owners = LexicalIndex(), []
    for pair in judged.pairs:
        for text in lay(pair):
            index.add(Counter(cut(normalise(text))))
            owners.append(pair.pair_id)
    first, gain = [], []
    for query in judged.part(1).queries:
        if query.relevant:
            terms = index.query_weights(cut(normalise(query.text)))
            found = index.top_docs(terms, DEPTH)
            slots = found[np.lexsort((found, -index.scores(terms, found)))].tolist()
            ranking = list(dict.fromkeys(owners[slot] for slot in slots))
            first.append(recall(ranking, query.relevant, 1))
            gain.append(ndcg(ranking, query.relevant))
    return f"R@1 {fmean(first):.4f}  nDCG@10 {fmean(gain):.4f}"


def main() -> None:
    """Measure every combination on every set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", type=Path, nargs="*", default=[Path("corpus")])
    parser.add_argument("--corpus", type=Path, default=Path("corpus"))
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    figures: dict[str, object] = {}
    for folder in given.folders:
        judged = load_evaluation_set(folder)
        for cut_name, cut in cuts(given.corpus).items():
            for layout, lay in LAYOUTS.items():
                name = f"{judged.name}, {cut_name}, {layout}"
                figures[name] = measure(judged, cut, lay)
    show(figures, as_json=given.json)


if __name__ == "__main__":
    main()
