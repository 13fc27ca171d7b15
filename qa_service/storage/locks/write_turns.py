"""Turns of writing for long work, so that others write in between."""

from time import sleep

from sqlalchemy import Engine

POLL_SECONDS = 0.12
"""A little more than SQLite's longest pause between two attempts to get the write lock (0.1 s)."""


def let_others_write(database: Engine) -> None:
    """Wait until writers of other processes had a chance to get SQLite's write lock.

    Call it between two write transactions of one piece of work. Writers of this process queue
    for their turn, those of others try again and again, and would always find the lock taken.
    PostgreSQL needs no such pause.
    """
    if database.dialect.name == "sqlite":
        sleep(POLL_SECONDS)
