import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from small_corpus import Corpus, lay, sound_corpus
from sqlalchemy import Engine

from qa_service.accounts.actor import STARTER_BANK
from qa_service.accounts.areas import list_areas
from qa_service.accounts.units import list_units
from qa_service.clock import BEIJING
from qa_service.knowledge.exchange.corpus.check import check_corpus
from qa_service.knowledge.exchange.corpus.loading import has_pairs, load_corpus
from qa_service.knowledge.exchange.import_report import ImportRefusedError
from qa_service.knowledge.exchange.rows.source_row import UnreadableFileError
from qa_service.knowledge.exchange.rows.unit_columns import InvalidUnitsError, load_units
from qa_service.knowledge.pairs.ids import published_ids
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import PolicyArea

NOW = datetime(2026, 11, 24, 10, tzinfo=BEIJING)
Change = Callable[[Corpus], object]


class TestLoadCorpus:
    def test_publishes_what_may_be_published(self, bank: Engine, tmp_path: Path) -> None:
        folder = lay(tmp_path, sound_corpus())
        told: list[tuple[int, int]] = []
        with session_scope(bank) as session:
            assert not has_pairs(session)
            report = load_corpus(
                session,
                folder,
                by=STARTER_BANK,
                now=NOW,
                progress=lambda done, total: told.append((done, total)),
            )
            assert has_pairs(session)
            assert len(published_ids(session)) == 1
        assert (report.units_changed, report.policies.added, report.pairs.added) == (2, 2, 2)
        assert told[-1] == (2, 2)

    def test_again_changes_nothing(self, bank: Engine, tmp_path: Path) -> None:
        folder = lay(tmp_path, sound_corpus())
        for _ in range(2):
            with session_scope(bank) as session:
                report = load_corpus(session, folder, by=STARTER_BANK, now=NOW)
        assert (report.units_changed, report.policies.unchanged, report.pairs.unchanged) == (
            0,
            2,
            2,
        )

    def test_leaves_nothing_of_a_corpus_with_a_bad_row(self, bank: Engine, tmp_path: Path) -> None:
        corpus = sound_corpus()
        corpus["qa_pairs"][1]["unit"] = "nobody"
        with pytest.raises(ImportRefusedError), session_scope(bank) as session:
            load_corpus(session, lay(tmp_path, corpus), by=STARTER_BANK, now=NOW)
        with session_scope(bank, read_only=True) as session:
            assert not has_pairs(session)
            assert "all" not in [unit.key for unit in list_units(session)]

    def test_a_missing_file_is_told(self, bank: Engine, tmp_path: Path) -> None:
        folder = lay(tmp_path, sound_corpus())
        (folder / "policies.jsonl").unlink()
        with (
            pytest.raises(UnreadableFileError, match=r"policies\.jsonl"),
            session_scope(bank) as session,
        ):
            load_corpus(session, folder, by=STARTER_BANK, now=NOW)


class TestLoadUnits:
    @pytest.mark.parametrize(
        ("change", "place"),
        [
            ({"key": ""}, "第1行 key"),
            ({"name": "局" * 129}, "第1行 name"),
            ({"fields": ["养"]}, "第1行 fields"),
            ({"default": "yes"}, "第1行 default"),
        ],
    )
    def test_names_every_faulty_place(
        self, bank: Engine, tmp_path: Path, change: dict[str, object], place: str
    ) -> None:
        corpus = sound_corpus()
        corpus["units"][0].update(change)
        with pytest.raises(InvalidUnitsError, match=place), session_scope(bank) as session:
            load_units(session, lay(tmp_path, corpus) / "units.jsonl")


class TestCheckCorpus:
    def test_a_sound_corpus_has_no_problem(self, tmp_path: Path) -> None:
        assert check_corpus(lay(tmp_path, sound_corpus())) == []

    @pytest.mark.parametrize(
        ("change", "found"),
        [
            (lambda c: c["units"][1].update(default=False), ("units", 0, "default")),
            (lambda c: c["units"][0].update(default=True), ("units", 0, "default")),
            (lambda c: c["units"][0]["fields"].pop(), ("units", 0, "fields")),
            (lambda c: c["units"][1].update(name="乙区综合局"), ("units", 2, "name")),
            (lambda c: c["units"][1].update(fields=["外星"]), ("units", 2, "fields")),
            (lambda c: c["policies"][1].update(replaced_by="丙法"), ("policies", 2, "replaced_by")),
            (lambda c: c["policies"][0].pop("unit"), ("policies", 1, "unit")),
            (lambda c: c["policies"][1].update(unit="none"), ("policies", 2, "unit")),
            (lambda c: c["policies"][1].pop("invalid_since"), ("policies", 2, "invalid_since")),
            (
                lambda c: c["policies"][0].update(issued_on="1026-01-01"),
                ("policies", 1, "issued_on"),
            ),
            (
                lambda c: c["policies"].append({**c["policies"][0], "key": "丙法"}),
                ("policies", 3, "key"),
            ),
            (lambda c: c["policies"].append(c["policies"][0]), ("policies", 3, "key")),
            (lambda c: c["qa_pairs"][1].update(key="p1"), ("qa_pairs", 2, "key")),
            (lambda c: c["qa_pairs"][1].pop("key"), ("qa_pairs", 2, "key")),
            (lambda c: c["qa_pairs"][0].update(unit="乙区综合局"), ("qa_pairs", 1, "unit")),
            (lambda c: c["qa_pairs"][0].update(basis=["甲法", "丙法"]), ("qa_pairs", 1, "basis")),
            (
                lambda c: c["qa_pairs"][0].update(effective_from="2205-01-01"),
                ("qa_pairs", 1, "effective_from"),
            ),
            (lambda c: c["qa_pairs"][1].update(expires_on=None), ("qa_pairs", 2, "expires_on")),
            (lambda c: c["qa_pairs"][1]["variants"].pop(), ("qa_pairs", 2, "variants")),
            (
                lambda c: c["qa_pairs"][1].update(question="第1種养老金怎么领"),
                ("qa_pairs", 2, "question"),
            ),
            (lambda c: c["qa_pairs"][1]["variants"].append("咋领1？"), ("qa_pairs", 2, "variants")),
            (lambda c: c["qa_pairs"][1]["variants"].append("咋領2？"), ("qa_pairs", 2, "variants")),
            (
                lambda c: c["qa_pairs"][1].update(phone_script="字" * 81),
                ("qa_pairs", 2, "phone_script"),
            ),
            (lambda c: c["qa_pairs"][1].update(extra=1), ("qa_pairs", 2, "extra")),
        ],
    )
    def test_names_file_line_and_field(
        self, tmp_path: Path, change: Change, found: tuple[str, int, str]
    ) -> None:
        corpus = sound_corpus()
        change(corpus)
        problems = check_corpus(lay(tmp_path, corpus))
        name, line, field = found
        assert (f"{name}.jsonl", line, field) in [(p.file, p.line, p.field) for p in problems]

    def test_a_pair_without_basis_is_a_problem(self, tmp_path: Path) -> None:
        corpus = sound_corpus()
        corpus["qa_pairs"].append(
            {
                **corpus["qa_pairs"][0],
                "key": "p3",
                "question": "别的怎么办？",
                "variants": ["子", "丑", "寅"],
                "basis": [],
            }
        )
        (problem,) = check_corpus(lay(tmp_path, corpus))
        assert (problem.line, problem.field) == (3, "basis")

    def test_a_line_that_is_no_json_and_a_missing_file_are_problems(self, tmp_path: Path) -> None:
        folder = lay(tmp_path, sound_corpus())
        (folder / "units.jsonl").unlink()
        with (folder / "qa_pairs.jsonl").open("a", encoding="utf-8") as file:
            file.write("\n{")
        places = [(problem.file, problem.line) for problem in check_corpus(folder)]
        assert ("units.jsonl", 0) in places
        assert ("qa_pairs.jsonl", 3) in places


class TestAreas:
    def test_those_of_its_file_are_known_and_loaded_and_another_is_named(
        self, tmp_path: Path, database: Engine
    ) -> None:
        corpus = sound_corpus()
        corpus["units"][0]["fields"].append("住房")
        folder = lay(tmp_path, corpus)
        assert any("没有领域“住房”" in problem.message for problem in check_corpus(folder))
        listed = [{"name": name} for name in (*PolicyArea, "住房")]
        lines = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in listed)
        (folder / "areas.jsonl").write_text(lines, encoding="utf-8")
        assert check_corpus(folder) == []
        with session_scope(database) as session:
            load_corpus(session, folder, by=STARTER_BANK, now=NOW)
            assert [area.key for area in list_areas(session)] == [*PolicyArea, "住房"]
