"""Types of the numbers in page addresses, within what the database's integers can hold."""

from typing import Annotated

from fastapi import Path, Query

LARGEST_ID = 2**31 - 1

RowId = Annotated[int, Path(ge=1, le=LARGEST_ID)]
After = Annotated[int, Query(ge=0, le=LARGEST_ID)]
"""The id after which a list goes on; 0 for its beginning."""

Number = Annotated[int, Query(ge=0, le=LARGEST_ID)]
Part = Annotated[int, Query(ge=1, le=10_000)]
"""A part (分册) of a booklet, or a page of a document."""

MOST_DAYS = 365

Days = Annotated[int, Query(ge=1, le=MOST_DAYS)]
