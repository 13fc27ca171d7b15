from visitor import Browser

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

    def test_tells_how_far_a_check_has_come(self, operator: Browser, services: Services) -> None:
        recalibration = services.index_sync.recalibration
        assert recalibration is not None
        recalibration.progress = (120, 800)
        assert "重新核验：120 / 800" in operator.get("/calibration").text

    def test_is_named_where_words_are_changed(self, editor: Browser) -> None:
        assert 'href="/calibration"' in editor.get("/words").text
