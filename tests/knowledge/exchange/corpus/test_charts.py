"""A drawing of the corpus is shown with the answer of its pair, and checked before that."""

from pathlib import Path

import pytest
from pension_pair import NOW
from small_corpus import lay, sound_corpus
from sqlalchemy import Engine

from qa_service.accounts.actor import STARTER_BANK
from qa_service.knowledge.exchange.corpus.check import check_corpus
from qa_service.knowledge.exchange.corpus.loading import load_corpus
from qa_service.knowledge.media.drawings import UnsafeDrawingError
from qa_service.knowledge.media.files import file_of
from qa_service.knowledge.media.service import shown_media
from qa_service.storage.engine import session_scope

DRAWING = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><title>领取流程</title></svg>'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "corpus" / "charts").mkdir(parents=True)
    (tmp_path / "corpus" / "charts" / "p1.svg").write_text(DRAWING, encoding="utf-8")
    return lay(tmp_path / "corpus", sound_corpus())


def test_is_shown_with_its_pair_however_often_the_corpus_is_loaded(
    bank: Engine, folder: Path, tmp_path: Path
) -> None:
    media_dir = tmp_path / "media"
    for _ in range(2):
        with session_scope(bank) as session:
            load_corpus(session, folder, by=STARTER_BANK, now=NOW, media_dir=media_dir)
    with session_scope(bank, read_only=True) as session:
        ((shown,),) = shown_media(session, [1]).values()
    assert (shown.title, shown.content_type) == ("领取流程", "image/svg+xml")
    kept = file_of(media_dir, shown.url.rpartition("/")[2])
    assert kept.read_text(encoding="utf-8") == DRAWING


def test_one_that_could_run_is_named_and_loads_nothing(
    bank: Engine, folder: Path, tmp_path: Path
) -> None:
    unsafe = DRAWING.replace("</svg>", "<script/></svg>")
    (folder / "charts" / "p1.svg").write_text(unsafe, encoding="utf-8")
    (folder / "charts" / "p9.svg").write_text(DRAWING, encoding="utf-8")
    files = [problem.file for problem in check_corpus(folder)]
    assert files == ["charts/p1.svg", "charts/p9.svg"]
    with pytest.raises(UnsafeDrawingError), session_scope(bank) as session:
        load_corpus(session, folder, by=STARTER_BANK, now=NOW, media_dir=tmp_path)
