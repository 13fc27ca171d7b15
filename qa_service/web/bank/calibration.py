"""Page of the calibration (判定校准): from which probability a question is answered outright."""

from dataclasses import dataclass

from fastapi import APIRouter, Depends
from starlette.responses import Response

from qa_service.accounts.permissions import Permission
from qa_service.consultation.learning.record import read_record, record_file
from qa_service.retrieval.evaluation.model_selection import WRONG_COSTS
from qa_service.retrieval.ranking.calibration import FITTED_ON, PRECISION, SET, Calibration
from qa_service.retrieval.ranking.verdict_model import Measured
from qa_service.web.kit.access import guard_page, permits
from qa_service.web.kit.visit import Page

router = APIRouter(
    prefix="/calibration", dependencies=[Depends(guard_page)], include_in_schema=False
)

WIDTH, HEIGHT = 480, 160
"""Size of the curve, in units of its drawing."""


@dataclass(frozen=True, slots=True)
class Shown:
    """The values of the page; ``line`` holds the points of the curve, ready to be drawn."""

    answer_threshold: float
    letter_threshold: float
    choose_threshold: float
    precision: str
    fitted_on: str
    sets: tuple[str, ...]
    measured: Measured | None
    line: str
    lowest: float


@router.get("", dependencies=[permits(Permission.READ_BANK)])
def calibration_page(visit: Page) -> Response:
    """Show thresholds, precision with its bound, day, question sets, curve and last learning."""
    sync = visit.services.index_sync
    recalibration = sync.recalibration
    context = {
        "shown": _shown(sync.engine.calibration),
        "fits": sync.engine.fits(sync.engine.calibration),
        "progress": recalibration.progress if recalibration else None,
        "width": WIDTH,
        "height": HEIGHT,
        "wrong_costs": int(WRONG_COSTS),
        "learning": read_record(record_file(visit.services.settings.data_dir)),
    }
    return visit.show("bank/calibration/calibration.html", context)


def _shown(calibration: Calibration) -> Shown:
    """Return what the page shows of a calibration."""
    verdict = calibration.verdict
    judging = verdict or calibration
    measured = verdict.measured if verdict else None
    given = calibration.provenance
    lowest = min((precision for _, _, precision in measured.curve), default=0.0) if measured else 0
    return Shown(
        answer_threshold=judging.answer_threshold,
        letter_threshold=verdict.letter_threshold if verdict else calibration.answer_threshold,
        choose_threshold=judging.choose_threshold,
        precision=given.get(PRECISION, ""),
        fitted_on=given.get(FITTED_ON, ""),
        sets=tuple(_folder(name) for name in given if name.startswith(SET)),
        measured=measured,
        line=_line(measured, lowest) if measured else "",
        lowest=lowest,
    )


def _folder(name: str) -> str:
    """Return the folder of a question set, without the part of it that was taken."""
    return name.removeprefix(SET).partition("[")[0]


def _line(measured: Measured, lowest: float) -> str:
    """Return the curve as points: share answered from left to right, precision upward."""
    spread = (1 - lowest) or 1.0
    return " ".join(
        f"{share * WIDTH:.1f},{(1 - precision) / spread * HEIGHT:.1f}"
        for _, share, precision in measured.curve
    )
