"""Gain of ``qa-service tune``: operators answer half of the train questions, the rest judge.

    python -m benchmarks.learning [--home DIR] [--lessons 400] [--judged 600] [--steps 40]
        [--keep-one-in 1] [--local] [--json]

Questions of one half of the pairs are asked by the product's own services in a scratch service, and
an operator tells the right candidate where it is shown; every tenth first tells the first candidate
where that is wrong, and takes it back. Then the command runs, and the questions of the other pairs
are asked before and after it. Of fewer judged questions than all (``--keep-one-in``) no threshold
may hold by its bound: then nothing new is answered, and nothing taken. With ``--local`` all callers
say the words of one place for what they ask, which the bank holds nowhere and no model has read.
``--home`` is a folder with the ``data`` and ``index`` of a service with the starter bank, copied so
that nothing is embedded again.
"""

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage

from sqlmodel import select

from benchmarks.figures import show
from qa_service.accounts.actor import Actor, ActorKind
from qa_service.cli.retrieval.judged_sets import load_set, open_engine, run_set
from qa_service.cli.service import load_starter_bank, open_services, read_settings
from qa_service.clock import SystemClock
from qa_service.consultation.choosing import choose, take_back
from qa_service.consultation.inquiry import Inquiry, RegisterMode
from qa_service.consultation.service import record, search_for
from qa_service.errors import QAServiceError
from qa_service.knowledge.indexing.calibration_files import calibration_file
from qa_service.knowledge.models import QAPair
from qa_service.retrieval.evaluation.dataset import EvaluationSet
from qa_service.retrieval.evaluation.judged_questions import (
    JudgedQuestion,
    QuestionKind,
    Split,
    read_questions,
)
from qa_service.retrieval.evaluation.report import EvaluationReport, summarise
from qa_service.retrieval.ranking.calibration import load_calibration
from qa_service.services import Services, open_database
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Channel

SEED = 23

LOCAL_WORDS = {
    "社保卡": "福字卡",
    "低保": "平安粮",
    "医保": "红本子",
    "居住证": "落脚证",
    "公积金": "房囤子",
    "养老金": "敬老银",
    "退休": "卸担",
    "补贴": "帮衬",
    "补助": "帮衬",
    "幼儿园": "娃娃院",
    "小学": "开蒙堂",
    "就业": "寻饭碗",
    "失业": "歇饭碗",
    "营业执照": "开张牌",
    "疫苗": "小红针",
}
"""Words for which one place is taken to say another; none of these is in the bank."""

OPERATOR = Actor(ActorKind.PERSON, "zuoxi", person_id=1, login="zuoxi", display_name="坐席")


@dataclass(frozen=True)
class Halves:
    """Train questions by the half of the pairs they are about."""

    taught: list[JudgedQuestion]
    judged: list[JudgedQuestion]


def halves(questions: Path, *, lessons: int, judged: int, local: bool) -> Halves:
    """Draw the questions of both halves; those of the first are answered by some pair."""
    chance = random.Random(SEED)  # noqa: S311 - a draw of examples, not a secret
    train = [one for one in read_questions(questions) if one.split is Split.TRAIN]
    if local:
        train = [spoken for one in train for spoken in said_locally(one)]
    chance.shuffle(train)
    first, second = [], []
    for one in train:
        (first if half_of(one) else second).append(one)
    wanted = {QuestionKind.WORDING, QuestionKind.SLIP}
    return Halves([one for one in first if one.kind in wanted][:lessons], second[:judged])


def half_of(one: JudgedQuestion) -> int:
    """The half of the pair a question is about, 0 or 1."""
    return random.Random(min(one.pairs, default=one.id)).randrange(2)  # noqa: S311


def said_locally(one: JudgedQuestion) -> Iterator[JudgedQuestion]:
    """The question in the words of the place, if it holds one of them."""
    text = one.text
    for word, local in LOCAL_WORDS.items():
        text = text.replace(word, local)
    if text != one.text:
        yield replace(one, text=text)


def teach(services: Services, taught: Sequence[JudgedQuestion]) -> Counter[str]:
    """Ask as an operator and tell the right candidate; return what became of the questions."""
    done: Counter[str] = Counter()
    with session_scope(services.database, read_only=True) as session:
        keys = dict(session.exec(select(QAPair.id, QAPair.key)).all())
    for number, one in enumerate(taught):
        try:
            done[_ask(services, one, keys, slips=number % 10 == 0)] += 1
        except QAServiceError as error:
            done[error.code] += 1
    return done


def _ask(
    services: Services, one: JudgedQuestion, keys: dict[int | None, str | None], *, slips: bool
) -> str:
    """Ask one question; tell the right candidate if it is shown."""
    now = SystemClock().now()
    inquiry = Inquiry(one.text, Channel.HOTLINE, OPERATOR, register=RegisterMode.NEVER)
    result = search_for(services.consultation, inquiry, now=now)
    with session_scope(services.database) as session:
        held = record(session, services.consultation, inquiry, result, now=now).consultation
        shown = [candidate.qa_id for candidate in held.shown]
        right = [pair_id for pair_id in shown if keys[pair_id] in one.expected]
        if not right:
            return "not shown"
        if slips and shown[0] != right[0]:
            choose(session, held, shown[0], actor=OPERATOR, now=now)
            take_back(session, held, actor=OPERATOR, now=now)
            choose(session, held, right[0], actor=OPERATOR, now=now)
            return "corrected"
        choose(session, held, right[0], actor=OPERATOR, now=now)
        return "first" if shown[0] == right[0] else "further down"


def judge(questions: Path, judged: Sequence[JudgedQuestion]) -> EvaluationReport:
    """Ask the judged questions with the models that the service uses now."""
    engine = open_engine(load_calibration(calibration_file(read_settings().data_dir)))
    whole: EvaluationSet = load_set(questions, None)
    texts = {one.id: one.text for one in judged}
    queries = tuple(
        replace(query, text=texts[query.qid]) for query in whole.queries if query.qid in texts
    )
    asked = replace(whole, name="other half", queries=queries)
    return summarise(asked, run_set(engine, asked, None))


def told(found: EvaluationReport) -> dict[str, object]:
    """Return the figures that a person compares."""
    right = sum(kind.answered_right for kind in found.kinds.values())
    answered = sum(kind.answered for kind in found.kinds.values())
    interval = found.intervals.get("recall_at_1")
    return {
        "questions": found.answerable + found.unanswerable,
        "R@1": found.whole.recall_at_1,
        "R@1 interval": [interval.low, interval.high] if interval else None,
        "answered": answered,
        "answered right": right,
        "shown right": sum(kind.shown_right for kind in found.kinds.values()),
    }


def thin(corpus: Path, target: Path, keep_one_in: int) -> None:
    """Copy the corpus with every n-th judged question alone, to rehearse and measure less.

    Train questions of the half that judges are left out: nothing may be rehearsed of it.
    """
    shutil.copytree(corpus, target)
    for path in (target / "questions").glob("*.jsonl"):
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        path.write_text("".join(filter(_is_kept, lines[::keep_one_in])), encoding="utf-8")


def _is_kept(line: str) -> bool:
    one = JudgedQuestion.load(json.loads(line))
    return one.split is not Split.TRAIN or half_of(one) == 1


def measure(given: argparse.Namespace, folder: Path) -> dict[str, object]:
    """Teach, tune and judge in one scratch folder."""
    if given.home:
        for name in ("data", "index"):
            shutil.copytree(given.home / name, folder / name)
    thin(given.corpus, folder / "corpus", given.keep_one_in)
    for name in ("data", "index", "corpus"):
        os.environ[f"QA_{name.upper()}_DIR"] = str(folder / name)
    questions = given.corpus / "questions"
    parted = halves(questions, lessons=given.lessons, judged=given.judged, local=given.local)
    settings = read_settings()
    database = open_database(settings)
    load_starter_bank(settings, database)
    lessons = teach(open_services(settings, database), parted.taught)
    database.dispose()
    before = told(judge(questions, parted.judged))
    print(json.dumps({"lessons": lessons, "before": before}, ensure_ascii=False), file=sys.stderr)
    program = str(Path(sys.executable).with_name("qa-service"))
    call = [program, "tune", "--steps", str(given.steps), "--json"]
    made = json.loads(subprocess.run(call, check=True, stdout=subprocess.PIPE).stdout)
    return {
        "lessons": dict(lessons),
        "memory of the command, MB": getrusage(RUSAGE_CHILDREN).ru_maxrss // 1024,
        "taken": made["is_taken"],
        "comparison": made["comparison"],
        "other half, before": before,
        "other half, after": told(judge(questions, parted.judged)),
    }


def main() -> None:
    """Measure once and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--corpus", type=Path, default=Path("corpus"))
    parser.add_argument("--lessons", type=int, default=400)
    parser.add_argument("--judged", type=int, default=600)
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--keep-one-in", type=int, default=1)
    parser.add_argument("--local", action="store_true")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        show(measure(given, Path(name)), as_json=given.json)


if __name__ == "__main__":
    main()
