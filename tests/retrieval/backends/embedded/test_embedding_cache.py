from pathlib import Path

import numpy as np

from qa_service.retrieval.backends.embedded.embedding_cache import VectorLog

VECTORS = np.array([[1, 2, 3], [4, 5, 6]], np.float32)


class TestVectorLog:
    def test_gives_back_what_another_process_appended(self, tmp_path: Path) -> None:
        VectorLog(tmp_path, "model", 3).append(["一", "二"], VECTORS)
        again = VectorLog(tmp_path, "model", 3)
        found = again.get("二")
        assert found is not None
        assert found.tolist() == [4, 5, 6]
        assert again.get("三") is None

    def test_survives_a_record_cut_short_by_a_crash(self, tmp_path: Path) -> None:
        VectorLog(tmp_path, "model", 3).append(["一", "二"], VECTORS)
        (file,) = (tmp_path / "unfinished").iterdir()
        file.write_bytes(file.read_bytes()[:-5])
        again = VectorLog(tmp_path, "model", 3)
        assert again.get("一") is not None
        assert again.get("二") is None
        again.append(["三"], VECTORS[:1])
        found = VectorLog(tmp_path, "model", 3).get("三")
        assert found is not None
        assert found.tolist() == [1, 2, 3]

    def test_knows_nothing_of_another_model(self, tmp_path: Path) -> None:
        VectorLog(tmp_path, "model", 3).append(["一"], VECTORS[:1])
        assert VectorLog(tmp_path, "other", 3).get("一") is None

    def test_is_empty_once_cleared(self, tmp_path: Path) -> None:
        log = VectorLog(tmp_path, "model", 3)
        log.append(["一"], VECTORS[:1])
        log.clear()
        assert VectorLog(tmp_path, "model", 3).get("一") is None
