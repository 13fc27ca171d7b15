"""The calibration of a machine, in its data folder, and the one shipped with the package."""

from importlib.resources import files
from pathlib import Path

from qa_service.errors import ConfigurationError
from qa_service.retrieval.ranking.calibration import Calibration, load_calibration

CALIBRATION = "calibration.json"
"""Calibration file in the data folder, written by ``qa-service calibrate``."""


def calibration_in_use(data_dir: Path) -> tuple[Calibration, str | None]:
    """Load the calibration made on this machine, or the shipped one if there is none.

    One that this version cannot use (made before a ranking feature was added, or damaged)
    is ignored in favour of the shipped one, because the service must start.

    Returns:
        The calibration, and the Chinese reason why the local one is not used, or None.

    """
    own = own_calibration_file(data_dir)
    if own.exists():
        try:
            return load_calibration(own), None
        except ConfigurationError as error:
            reason = f"{error.message}（qa-service calibrate）；目前使用随程序提供的校准"
            return load_calibration(default_calibration()), reason
    return load_calibration(default_calibration()), None


def own_calibration_file(data_dir: Path) -> Path:
    """Return the path of the calibration made on this machine."""
    return data_dir / CALIBRATION


def calibration_file(data_dir: Path) -> Path:
    """Return the path of the calibration made on this machine, else of the shipped one."""
    own = own_calibration_file(data_dir)
    return own if own.exists() else default_calibration()


def default_calibration() -> Path:
    """Return the path of the calibration shipped with the package."""
    return Path(str(files("qa_service.retrieval.ranking"))) / "calibration.json"
