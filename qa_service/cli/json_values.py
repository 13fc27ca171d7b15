"""Values of results as commands print them in JSON, by the names of the first release.

An area is called ``field`` there, as in REST and in files.
"""

from collections.abc import Mapping
from dataclasses import asdict

from qa_service.consultation.search.result import SearchResult
from qa_service.ledger.queries import EntryView


def search_values(result: SearchResult) -> dict[str, object]:
    """Return a search result without the analysed question."""
    return {
        "verdict": result.verdict,
        "confidence": result.confidence,
        "candidates": [_with_field(candidate.dump()) for candidate in result.candidates],
        "nearest_unit": result.nearest_unit,
        "degraded": result.degraded,
        "index_revision": result.index_revision,
        "timings": result.timings,
    }


def entry_values(entry: EntryView) -> dict[str, object]:
    """Return a ledger entry as listed."""
    return _with_field(asdict(entry))


def _with_field(values: Mapping[str, object]) -> dict[str, object]:
    return {"field" if name == "area" else name: value for name, value in values.items()}
