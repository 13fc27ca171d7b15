"""What is past its retention goes by the clockwork, whether or not anybody opens a page."""

import os

from qa_service.clock import FixedClock
from qa_service.jobs.duty import JobContext
from qa_service.jobs.housekeeping import delete_old_rows
from qa_service.services import Services
from qa_service.web.bank.checked_files import FOLDER, KEPT


def test_a_file_that_was_checked_and_never_imported_is_deleted(
    services: Services, clock: FixedClock
) -> None:
    own = services.settings.data_dir / FOLDER / ("0" * 32)
    own.mkdir(parents=True)
    (own / ("a" * 64)).write_text("答复里有一位来电人的号码", encoding="utf-8")
    checked_at = clock.now().timestamp()
    os.utime(own, (checked_at, checked_at))
    assert delete_old_rows(JobContext.of(services)) == 0
    clock.instant += KEPT * 2
    assert delete_old_rows(JobContext.of(services)) == 1
    assert not own.exists()
