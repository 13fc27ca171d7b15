import json
from pathlib import Path

import pytest
from scratch_service import REPOSITORY

from qa_service.retrieval.training.wording_groups import (
    UnusableWordingGroupsError,
    read_groups,
)

SHIPPED = REPOSITORY / "corpus" / "wordings"


def _written(folder: Path, *lines: object) -> Path:
    text = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines)
    (folder / "a.jsonl").write_text(text + "\n", encoding="utf-8")
    return folder


def test_a_group_holds_each_of_its_wordings_once_and_its_standard_question_first(
    tmp_path: Path,
) -> None:
    folder = _written(
        tmp_path,
        {"id": "a-1", "groups": [["低保怎么申请？", "咋个办低保"], ["低保多少钱？", "低保 标准"]]},
        {"id": "a-2", "groups": [["去哪办？", "在哪办", "在哪办"]]},
    )
    assert read_groups(folder).every() == [
        ["低保怎么申请？", "咋个办低保"],
        ["低保多少钱？", "低保 标准"],
        ["去哪办？", "在哪办"],
    ]


def test_general_questions_are_those_of_their_own_file(tmp_path: Path) -> None:
    line = {"id": "g-1", "groups": [["手机怎么截屏", "截屏按哪里"]]}
    (tmp_path / "general.jsonl").write_text(json.dumps(line), encoding="utf-8")
    _written(tmp_path, {"id": "a-1", "groups": [["低保怎么申请？", "咋个办低保"]]})
    policy, general = read_groups(tmp_path).spread(seed=1)
    assert set(general) == {"手机怎么截屏", "截屏按哪里"}
    assert len(policy) == 1
    assert set(policy) < {"低保怎么申请？", "咋个办低保"}


def test_all_lines_that_cannot_be_read_are_named_at_once(tmp_path: Path) -> None:
    twice = {"id": "a-2", "groups": [["只有一种", "只有一种"]]}
    folder = _written(tmp_path, {"id": "a-1"}, twice, {"groups": [5]})
    with pytest.raises(UnusableWordingGroupsError) as refused:
        read_groups(folder)
    assert all(f"第 {number} 行" in refused.value.message for number in (1, 2, 3))


def test_a_folder_without_groups_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnusableWordingGroupsError):
        read_groups(tmp_path)


def test_shipped_groups_hold_no_wording_twice_and_no_judged_question() -> None:
    wordings = [text for group in read_groups(SHIPPED).every() for text in group]
    assert len(wordings) == len(set(wordings))
    judged = {
        json.loads(line)["text"]
        for path in (REPOSITORY / "corpus" / "questions").glob("*.jsonl")
        for line in path.read_text(encoding="utf-8").splitlines()
    }
    assert not judged & set(wordings)
