from collections.abc import Sequence
from itertools import accumulate

from qa_service.retrieval.encoders.encoder import Encoder
from qa_service.retrieval.training.group_candidates import rank_groups, without_twins
from qa_service.retrieval.training.wording_groups import FIRST_ID

GROUPS = [
    ["低保怎么申请？", "申请低保找谁", "怎么办低保", "吃低保要走什么手续"],
    ["低保每月多少钱？", "低保标准", "吃低保一个月能领几百"],
    ["手机怎么截屏？", "截屏按哪里", "怎样把屏幕截下来"],
]


def test_a_group_is_asked_other_wordings_than_those_it_is_read_by(encoder: Encoder) -> None:
    vectors = encoder.encode_texts([text for group in GROUPS for text in group])
    found = rank_groups(GROUPS, vectors, seed=1, most=2)
    asked = [one.query.text for one in found]
    assert len(set(asked)) == len(asked) == 6
    assert all(group[0] not in asked for group in GROUPS)
    for one in found:
        (right,) = one.query.relevant
        assert one.query.text not in one.candidates[right]
        assert GROUPS[right - FIRST_ID][0] in one.candidates[right]
        assert len(one.candidates) == len(GROUPS)


def test_the_nearest_other_group_comes_first_and_is_read_by_its_nearest_wording(
    encoder: Encoder,
) -> None:
    vectors = encoder.encode_texts([text for group in GROUPS for text in group])
    places = {text: at for at, text in enumerate(text for group in GROUPS for text in group)}
    starts = [0, *accumulate(map(len, GROUPS))]
    for one in rank_groups(GROUPS, vectors, seed=2, most=3):
        (right,) = one.query.relevant
        likeness = vectors @ vectors[places[one.query.text]]
        best = {
            FIRST_ID + at: float(likeness[starts[at] : starts[at + 1]].max())
            for at in range(len(GROUPS))
        }
        others = [pair for pair in one.candidates if pair != right]
        assert others == sorted(others, key=lambda pair: -best[pair])
        first = others[0] - FIRST_ID
        wording = GROUPS[first][int(likeness[starts[first] : starts[first + 1]].argmax())]
        assert one.candidates[others[0]].startswith(wording)


def test_a_candidate_of_another_matter_that_asks_the_same_is_left_out(encoder: Encoder) -> None:
    vectors = encoder.encode_texts([text for group in GROUPS for text in group])
    found = rank_groups(GROUPS, vectors, seed=1, most=1)
    twin = GROUPS[1][0]

    def scorer(_question: str, candidates: Sequence[str]) -> list[float]:
        """Take the amount's question for whatever is asked."""
        return [3.0 if twin in text else -3.0 for text in candidates]

    apart = without_twins(found, [0, 1, 2], scorer)
    together = without_twins(found, [0, 0, 2], scorer)
    for before, one, same in zip(found, apart, together, strict=True):
        (right,) = one.query.relevant
        asks_for_amount = right == FIRST_ID + 1
        assert (FIRST_ID + 1 in one.candidates) == asks_for_amount
        assert (FIRST_ID + 1 in same.candidates) == (right != FIRST_ID + 2)
        assert len(before.candidates) == len(GROUPS)
