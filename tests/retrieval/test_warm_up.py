"""What a service compiles before it opens its port is all that a search needs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from scratch_service import REPOSITORY

PROGRAM = """
import sys
from pathlib import Path
from numba.core.registry import CPUDispatcher
from qa_service.services import open_encoder, open_retrieval, open_tokenizer
from qa_service.retrieval.documents import IndexedPair
from qa_service.retrieval.engine import everything
from qa_service.retrieval.backends.embedded.store import SnapshotStore
from qa_service.settings import Settings

def compiled():
    modules = [one for name, one in sys.modules.items() if name.startswith("qa_service.retrieval")]
    kernels = {
        id(kernel): kernel
        for module in modules
        for kernel in vars(module).values()
        if isinstance(kernel, CPUDispatcher)
    }
    return {(one.__name__, str(types)) for one in kernels.values() for types in one.signatures}

def ask(question, area=""):
    engine.answer(question, everything, area=area)

settings = Settings(_env_file=None, corpus_dir=Path(sys.argv[1]) / "corpus", data_dir=sys.argv[2])
tokenizer = open_tokenizer(settings)
encoder, _ = open_encoder(settings, lambda line: None)
engine = open_retrieval(settings, tokenizer, encoder)
engine.warm_up()
warmed_up = compiled()
assert len(warmed_up) > 10, warmed_up

for at in range(9):
    pair = IndexedPair(at, f"第{at}种补贴怎么领", ("怎么领钱",), "带身份证来领", "养老")
    engine.upsert([pair])
ask("补贴怎么领", "养老")
store = SnapshotStore(Path(settings.data_dir))
engine.adopt(store.save(engine.index, engine.recipe(), tokenizer))
ask("补贴怎么领")
engine.upsert([IndexedPair(99, "新补贴是什么", (), "新的", "医疗")])
engine.remove([1])
ask("新补贴是什么", "医疗")
ask("x")
print(sorted(compiled() - warmed_up))
"""


@pytest.mark.slow
def test_after_warming_up_on_an_empty_bank_nothing_is_left_to_compile(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(REPOSITORY), str(tmp_path)],
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "[]\n"), done.stderr
