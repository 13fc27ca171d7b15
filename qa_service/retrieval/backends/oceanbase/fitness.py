"""Whether a collection may be searched, or filled on, by a process with its own model and words."""

from qa_service.retrieval.backends.contract import IndexUnusableError, Recipe, Stamp
from qa_service.retrieval.backends.oceanbase.collections import Collection, State, find
from qa_service.retrieval.backends.oceanbase.connection import Connection


def collection_in_use(connection: Connection) -> Collection:
    """Return the collection that is searched; raises IndexUnusableError if there is none."""
    active = find(connection, State.ACTIVE)
    if active is not None:
        return active
    begun = find(connection, State.BUILDING)
    if begun is None:
        raise IndexUnusableError("检索引擎中还没有本库的索引")
    raise IndexUnusableError(f"检索引擎中的索引没有建完（已有 {begun.counters.pairs} 条问答）")


def continues(begun: Collection, recipe: Recipe, stamp: Stamp) -> bool:
    """Return whether a collection begun earlier can be filled on with the bank of ``stamp``."""
    is_earlier = begun.stamp.bank_id == stamp.bank_id and begun.stamp.revision <= stamp.revision
    return begun.recipe == recipe and is_earlier and begun.filled_to > 0


def refuse_other(held: Recipe, wanted: Recipe) -> None:
    """Raise IndexUnusableError if a collection was built otherwise than is wanted."""
    if held == wanted:
        return
    refuse_other_dimension(held.dimension, wanted.dimension)
    raise IndexUnusableError("检索引擎中的索引是用另一个语义模型、词典或格式建的")


def refuse_other_dimension(held: int, wanted: int) -> None:
    """Raise IndexUnusableError if the vectors of a collection have another dimension."""
    if held != wanted:
        raise IndexUnusableError(f"检索引擎中的向量是 {held} 维，现在的语义模型是 {wanted} 维")
