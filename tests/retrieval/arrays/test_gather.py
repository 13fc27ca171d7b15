import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from qa_service.retrieval.arrays.gather import gathered, selected_or_empty
from qa_service.retrieval.arrays.ragged import Rows

rows = st.lists(st.lists(st.integers(0, 99), max_size=4), max_size=5)


@given(base=rows, later=rows, data=st.data())
def test_rows_come_in_the_order_wanted_from_both_parts(
    base: list[list[int]], later: list[list[int]], data: st.DataObject
) -> None:
    every = base + later
    slots = data.draw(st.lists(st.integers(0, len(every) - 1)) if every else st.just([]))
    found = gathered(
        np.array(slots, np.int64),
        Rows.of([np.array(row) for row in base], np.int32),
        Rows.of([np.array(row) for row in later], np.int32),
    )
    assert [found.row(at).tolist() for at in range(len(found))] == [every[slot] for slot in slots]


@given(base=rows, data=st.data())
def test_a_row_that_is_none_is_empty(base: list[list[int]], data: st.DataObject) -> None:
    slots = data.draw(st.lists(st.integers(-1, len(base) - 1)))
    stored = Rows.of([np.array(row) for row in base], np.int32)
    found = selected_or_empty(stored, np.array(slots, np.int64))
    wanted = [base[slot] if slot >= 0 else [] for slot in slots]
    assert [found.row(at).tolist() for at in range(len(found))] == wanted
