from dataclasses import replace
from datetime import UTC, datetime

from visitor import Browser

from qa_service.consultation.learning.lessons import LessonOrigin
from qa_service.consultation.learning.record import LearningRecord, record_file, write_record
from qa_service.retrieval.evaluation.model_selection import (
    CalibrationFigures,
    Comparison,
    Gain,
    SideBySide,
)
from qa_service.services import Services


class TestCalibrationPage:
    def test_shows_thresholds_what_was_measured_and_the_curve(
        self, operator: Browser, services: Services
    ) -> None:
        verdict = services.index_sync.engine.calibration.verdict
        assert verdict is not None
        assert verdict.measured is not None
        page = operator.get("/calibration")
        assert page.status_code == 200
        assert f"{verdict.answer_threshold * 100:.1f}%" in page.text
        assert f"直接答复 {verdict.measured.answered} 个" in page.text
        assert f"不低于 {verdict.measured.low * 100:.2f}%" in page.text
        assert page.text.count("<tr>") == len(verdict.measured.curve) + 1
        assert "目前不直接答复" not in page.text

    def test_shows_the_threshold_of_letters_where_it_is_another(
        self, operator: Browser, services: Services
    ) -> None:
        engine = services.index_sync.engine
        verdict = engine.calibration.verdict
        assert verdict is not None
        stricter = replace(verdict, answer_threshold=0.9, letter_threshold=0.957)
        engine.recalibrate(replace(engine.calibration, verdict=stricter))
        assert "90.0%（来信 95.7%）" in operator.get("/calibration").text

    def test_tells_how_far_a_check_has_come(self, operator: Browser, services: Services) -> None:
        recalibration = services.index_sync.recalibration
        assert recalibration is not None
        recalibration.progress = (120, 800)
        assert "重新核验：120 / 800" in operator.get("/calibration").text

    def test_tells_what_was_learnt_from_use_and_whether_it_was_taken(
        self, operator: Browser, services: Services
    ) -> None:
        assert "还没有学习过" in operator.get("/calibration").text
        before = CalibrationFigures(0.912, 0.93, 0.31, 2, 60)
        after = CalibrationFigures(0.934, 0.95, 0.36, 1, 70)
        made = LearningRecord(
            datetime(2026, 11, 28, 18, 30, tzinfo=UTC),
            {LessonOrigin.CHOSEN: 120, LessonOrigin.NOTHING_FITS: 30},
            has_reranker=True,
            is_taken=False,
            comparison=Comparison(
                before,
                after,
                questions=75,
                right_first=Gain(0.022, 0.004),
                answering=Gain(0.05, -0.013),
                gain=Gain(0.072, -0.001),
                shipped=SideBySide(before, before),
            ),
        )
        write_record(made, record_file(services.settings.data_dir))
        text = operator.get("/calibration").text
        assert "还没有学习过" not in text
        for shown in (
            "2026-11-29 02:30",
            "保留现用的模型",
            "共 150 条：坐席选定 120，都不是，办结没有入库 30",
            "75 问",
            "+2.2（95% 把握不低于 +0.4）",
            "+7.2（95% 把握不低于 -0.1）",
            "91.2%",
            "93.4%",
            "随附评测问题",
        ):
            assert shown in text
        record_file(services.settings.data_dir).write_text("{}", encoding="utf-8")
        assert "还没有学习过" in operator.get("/calibration").text

    def test_is_named_where_words_are_changed(self, editor: Browser) -> None:
        assert 'href="/calibration"' in editor.get("/words").text
