"""Proposals of a collection: ids of pairs by words and by vector, and the lines of their texts."""

from collections.abc import Iterable, Sequence

from qa_service.retrieval.arrays.ragged import Vectors
from qa_service.retrieval.backends.oceanbase.connection import Connection, Row, Value
from qa_service.retrieval.backends.oceanbase.terms import term_of
from qa_service.retrieval.backends.oceanbase.vectors import written_vector
from qa_service.retrieval.documents import Filters

EXACT_LIMIT = 20_000
"""Texts up to which every vector is compared; above, the graph is asked."""

TEXT_COLUMNS = "pair_id, kind, written, normalised, terms"

Bounds = tuple[str, tuple[Value, ...]]
"""A condition with its values."""


def bounds_of(filters: Filters) -> Bounds:
    """Return the condition that the texts of admitted pairs fulfil."""
    parts: list[str] = []
    values: list[Value] = []
    for column, value in (("area", filters.area), ("unit", filters.unit)):
        if value:
            parts.append(f"{column} = %s")
            values.append(value)
    for column, value in (("region", filters.region), ("audience", filters.audience)):
        if value:
            parts.append(f"{column} IN ('', %s)")
            values.append(value)
    if filters.day is not None:
        parts.append("first_day <= %s AND last_day >= %s")
        values += [filters.day.toordinal()] * 2
    return " AND ".join(parts), tuple(values)


def by_words(
    connection: Connection, name: str, words: Iterable[str], limit: int, bounds: Bounds
) -> list[int]:
    """Return the pairs of the ``limit`` best texts by the engine's BM25, best first."""
    terms = " ".join(sorted(set(map(term_of, words))))
    if not terms:
        return []
    condition, values = bounds
    held = "MATCH(terms) AGAINST(%s IN NATURAL LANGUAGE MODE)"
    found = connection.rows(
        f"SELECT pair_id, {held} AS score FROM {name}_text WHERE {held}"  # noqa: S608
        f"{' AND ' + condition if condition else ''} ORDER BY score DESC LIMIT {limit}",
        (terms, terms, *values),
    )
    return list(dict.fromkeys(int(pair_id) for pair_id, _ in found))


def by_vector(
    connection: Connection,
    name: str,
    vector: Vectors,
    limit: int,
    bounds: Bounds,
    *,
    texts: int,
) -> list[int]:
    """Return the pairs of the ``limit`` nearest of all ``texts``, best first."""
    condition, values = bounds
    approximate = "APPROXIMATE " if texts > EXACT_LIMIT else ""
    found = connection.rows(
        f"SELECT pair_id FROM {name}_text"  # noqa: S608
        f"{' WHERE ' + condition if condition else ''}"
        f" ORDER BY cosine_distance(vector, %s) {approximate}LIMIT {limit}",
        (*values, written_vector(vector)),
    )
    return list(dict.fromkeys(int(pair_id) for (pair_id,) in found))


def lines_of(
    connection: Connection, name: str, pair_ids: Sequence[int], vector: Vectors | None
) -> list[Row]:
    """Return ``TEXT_COLUMNS`` and the cosine of every text of the pairs, pair by pair."""
    if not pair_ids:
        return []
    listed = ", ".join(map(str, pair_ids))
    cosine = "0" if vector is None else "1 - cosine_distance(vector, %s)"
    return connection.rows(
        f"SELECT {TEXT_COLUMNS}, {cosine} FROM {name}_text"  # noqa: S608
        f" WHERE pair_id IN ({listed}) ORDER BY pair_id, place",
        () if vector is None else (written_vector(vector),),
    )
