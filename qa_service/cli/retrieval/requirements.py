"""Requirements of commands that work for minutes, checked before they begin."""

import errno
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from qa_service.cli.service import read_settings
from qa_service.errors import QAServiceError

if TYPE_CHECKING:
    from qa_service.retrieval.encoders.encoder import Encoder
    from qa_service.retrieval.engine import RetrievalEngine


def options_given(context: typer.Context, *names: str) -> list[str]:
    """Return those of the options ``names`` that stand in the call, as they are typed."""
    sources = {name: context.get_parameter_source(name) for name in names}
    return [
        "--" + name.replace("_", "-")
        for name, source in sources.items()
        if source is not None and source.name == "COMMANDLINE"
    ]


def unused(options: list[str], reason: str) -> list[str]:
    """Return the fault that ``options`` would do nothing, for a ``reason`` in Chinese, if any."""
    return [f"{'、'.join(options)} 不起作用：{reason}"] if options else []


def refuse_faults(*faults: list[str]) -> None:
    """Raise typer.BadParameter with every fault of the options, so that none does nothing."""
    found = [fault for some in faults for fault in some]
    if found:
        raise typer.BadParameter("；".join(found))


class Faults:
    """Faults of what a command was given, kept so that all are told at once."""

    def __init__(self) -> None:
        self._kept: list[Exception] = []

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Keep an expected error of the block; the rest of the block is left out."""
        try:
            yield
        except (QAServiceError, OSError) as error:
            self._kept.append(error)

    def of_folders(self, folders: Iterable[Path]) -> None:
        """Keep the faults of the folders for results."""
        for folder in folders:
            with self.kept():
                require_folder(folder)

    def refuse(self) -> None:
        """Raise the error that was kept, or an ExceptionGroup of several; see report_errors."""
        if len(self._kept) > 1:
            raise ExceptionGroup("faults", self._kept)
        for error in self._kept:
            raise error


def require_encoder(engine: "RetrievalEngine") -> "Encoder":
    """Return the encoder; raises EncoderUnavailableError where it is away."""
    from qa_service.retrieval.encoders.encoder import EncoderUnavailableError

    if engine.encoder is None:
        raise EncoderUnavailableError(
            "没有语义模型，无法训练或拟合；请检查 QA_EMBEDDING_MODEL，修好以后再运行"
        )
    return engine.encoder


def require_models(engine: "RetrievalEngine") -> None:
    """Raise unless encoder and re-ranker are there: what is fitted without them fits no longer.

    Raises EncoderUnavailableError and RerankerUnavailableError; a re-ranker that is turned off is
    not needed.
    """
    from qa_service.retrieval.reranking.reranker import NO_RERANKER, RerankerUnavailableError

    require_encoder(engine)
    if engine.reranker is None and read_settings().reranker_model != NO_RERANKER:
        raise RerankerUnavailableError(
            "没有重排模型，无法拟合判定；请检查 QA_RERANKER_MODEL，修好以后再运行，或设为 none"
        )


def require_folder(folder: Path) -> None:
    """Raise OSError unless results can be written into a folder; nothing is made yet."""
    if folder.exists() and not folder.is_dir():
        raise FileExistsError(errno.EEXIST, "not a folder", str(folder))
    above = next(one for one in (folder, *folder.absolute().parents) if one.exists())
    if not above.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, "below a file", str(folder))
    if not os.access(above, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, "not writable", str(folder))


def make_folder(folder: Path) -> None:
    """Make a folder for results, if need be; raises OSError unless files can be written there."""
    require_folder(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder):
        pass
