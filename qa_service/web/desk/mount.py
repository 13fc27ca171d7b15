"""The routes of the public desk (政务公开专区), which stand by themselves under ``/desk``."""

from fastapi import FastAPI

from qa_service.web.desk import (
    asking,
    booklets,
    embedding,
    feeds,
    following,
    machine,
    reacting,
    reading,
    search,
)
from qa_service.web.kit.static_files import VersionedFiles

DESK_ROUTERS = (
    search.router,
    search.health_router,
    reading.router,
    feeds.router,
    booklets.router,
    embedding.router,
    machine.router,
    asking.router,
    following.router,
    reacting.router,
)
"""Routers for everybody, which set no cookie; the last three write what citizens send."""

DESK_FILES = ("desk/", "icon.svg")
"""Static files that the pages of the desk load."""


def mount_desk(app: FastAPI) -> None:
    """Add the desk, its static files and robots.txt, and nothing of the staff's pages."""
    app.mount("/static", VersionedFiles(within=DESK_FILES), name="static")
    for router in (feeds.root_router, *DESK_ROUTERS):
        app.include_router(router)
