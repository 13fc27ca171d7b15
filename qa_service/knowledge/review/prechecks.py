"""Automatic checks before a pair is submitted for review (送审前检查)."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from sqlmodel import Session

from qa_service.clock import beijing_day
from qa_service.knowledge.models import PolicyDocument, QAPair, QAVersion
from qa_service.knowledge.pairs import queries
from qa_service.knowledge.pairs.overlap.overlaps import REMEDY, Overlap, find_overlaps
from qa_service.knowledge.pairs.record.content import PairContent
from qa_service.knowledge.pairs.record.rules import personal_problems_of, written_texts
from qa_service.knowledge.pairs.service import content_in_work
from qa_service.knowledge.pairs.writing import find_references
from qa_service.knowledge.review.media_texts import media_findings
from qa_service.knowledge.review.text_checks import Finding, check_texts
from qa_service.knowledge.rules import obstacles_to_publishing
from qa_service.retrieval.engine import RetrievalEngine
from qa_service.text.normalise import is_meaningful

SENTENCE_CHARACTERS = 80
"""Number of characters above which a sentence is hard to follow when read aloud."""

_SENTENCE = re.compile(r"[^。！？；!?;\n]+")
_ASKS_HOW = re.compile(r"怎么|如何|怎样|办理|申请|申领|补办|材料|流程|哪里|在哪")
_GUIDE = (
    ("材料", re.compile(r"材料|证件|身份证|户口|证明|凭|携带|无需|免提交")),
    ("步骤", re.compile(r"步骤|流程|先|登录|提交|申请|办理|填写|预约")),
    (
        "地点或网址",
        re.compile(r"大厅|窗口|中心|地址|网站|网上|线上|平台|APP|小程序|机构|社区|街道|医院|学校"),
    ),
    ("咨询电话", re.compile(r"电话|热线|\d{3,4}-?\d{7,8}|123\d\d")),
)
_NUMBERS = (
    (re.compile(r"[０-９]"), "数字用了全角字符，请改为半角"),
    (re.compile(r"百分之\d"), "“百分之”后面用了阿拉伯数字，请写成 5% 或 百分之五"),
    (re.compile(r"\d{4}\.\d{1,2}\.\d{1,2}(?!\d)"), "日期请写成 2026年1月31日"),
    (re.compile(r"(?<!\d)\d{2}年\d{1,2}月"), "年份请写全四位数字"),
    (re.compile(r"\d-\d+ ?(?:元|天|日|岁|个|年|月|%|万)"), "数值范围请用“—”或“至”连接"),
)
"""Patterns contrary to GB/T 15835-2011 出版物上数字用法, each with its advice."""


def check_submission(
    session: Session,
    pair: QAPair,
    *,
    now: datetime,
    engine: RetrievalEngine | None = None,
    media_dir: Path | None = None,
) -> tuple[Finding, ...]:
    """Return the findings of the pre-checks on the version in work, and on what it is shown with.

    Answers of pairs with nearly the same question are compared if there is an ``engine``, the
    words of drawings are read in ``media_dir``.
    """
    version = queries.version_in_work(session, pair)
    found = _check(session, content_in_work(session, pair), version, now, engine)
    return (*found, *media_findings(session, version.pair_id, media_dir))


def check_published(
    session: Session,
    pair: QAPair,
    *,
    now: datetime,
    engine: RetrievalEngine | None = None,
    media_dir: Path | None = None,
) -> tuple[Finding, ...]:
    """Return the findings of the pre-checks on the published version, as ``check_submission``."""
    version = session.get_one(QAVersion, pair.current_version_id)
    found = _check(session, queries.pair_content(session, pair), version, now, engine)
    return (*found, *media_findings(session, version.pair_id, media_dir))


def check_typed(
    session: Session,
    content: PairContent,
    *,
    now: datetime,
    besides: QAPair | None = None,
    engine: RetrievalEngine | None = None,
) -> tuple[Finding, ...]:
    """Return the findings of the pre-checks on cleaned content that was not stored.

    ``besides`` is the pair it is typed for, if there is one already.
    """
    documents = find_references(session, [content]).documents
    cited = [(documents[one.policy], one) for one in content.basis if one.policy in documents]
    unread = [_unread(document.title, one.article) for document, one in cited if not one.verified]
    overlaps = find_overlaps(
        session,
        engine if is_meaningful(content.question) else None,
        content,
        day=beijing_day(now),
        besides=besides.id if besides else None,
        version=queries.version_in_work(session, besides).number if besides else 0,
    )
    return _findings(session, content, [one for one, _ in cited], unread, overlaps, now)


def _check(
    session: Session,
    content: PairContent,
    version: QAVersion,
    now: datetime,
    engine: RetrievalEngine | None,
) -> tuple[Finding, ...]:
    basis = queries.basis_documents(session, version.id)
    overlaps = find_overlaps(
        session,
        engine,
        content,
        day=beijing_day(now),
        besides=version.pair_id,
        version=version.number,
    )
    unread = [
        _unread(cited.title, cited.article)
        for cited in queries.citations_of(session, version)
        if not cited.verified
    ]
    return _findings(session, content, basis, unread, overlaps, now)


def _findings(
    session: Session,
    content: PairContent,
    basis: Sequence[PolicyDocument],
    unread: Sequence[Finding],
    overlaps: Iterable[Overlap],
    now: datetime,
) -> tuple[Finding, ...]:
    # Obstacles that remain even with a reason, and all obstacles without one.
    stale, shaky = (
        obstacles_to_publishing(
            content.expires_on,
            basis,
            beijing_day(now),
            ground_reason=reason,
            effective_from=content.effective_from,
        )
        for reason in ("stated", None)
    )
    return (
        *(Finding("basis", message, is_fault=True) for message in stale),
        *(
            _advise("basis", f"{one}；否则须由终审以外的另一人写明理由")
            for one in shaky
            if one not in stale
        ),
        *unread,
        *(Finding(one.field, one.message, is_fault=True) for one in personal_problems_of(content)),
        *check_texts(session, written_texts(content)),
        *_advice(content),
        *_overlapping(overlaps),
    )


def _unread(title: str, article: str | None) -> Finding:
    """Return the advice on a document in which nobody has read what the answer says (待核)."""
    return _advise("basis", f"依据《{title}》{article or ''}待核，请对照原文核对后改为已核对")


def _overlapping(overlaps: Iterable[Overlap]) -> Iterator[Finding]:
    """Yield the overlaps that staff has not found to be right."""
    for one in overlaps:
        if one.is_refused:
            yield Finding("question", f"{one.message}。{REMEDY}", is_fault=True)
        elif one.kind is not None and one.outcome is None:
            yield _advise("question", f"{one.message}；发布后在核对清楚之前，两条都不作为命中答复")


def _advice(content: PairContent) -> Iterator[Finding]:
    if _ASKS_HOW.search(content.question):
        missing = [name for name, pattern in _GUIDE if not pattern.search(content.answer)]
        if missing:
            yield _advise("answer", f"办事类问题没有写明{'、'.join(missing)}")
    for field, text in (("answer", content.answer), ("phone_script", content.phone_script)):
        yield from _wording(field, text)


def _wording(field: str, text: str) -> Iterator[Finding]:
    longest = max((len(sentence) for sentence in _SENTENCE.findall(text)), default=0)
    if longest > SENTENCE_CHARACTERS:
        yield _advise(
            field, f"有一句长 {longest} 个字，请断成短句（不超过 {SENTENCE_CHARACTERS} 字）"
        )
    for pattern, message in _NUMBERS:
        found = pattern.search(text)
        if found:
            yield _advise(field, f"“{found[0]}”：{message}")


def _advise(field: str, message: str) -> Finding:
    return Finding(field, message, is_fault=False)
