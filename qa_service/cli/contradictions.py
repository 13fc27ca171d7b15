"""``qa-service contradictions``: finds pairs with nearly equal questions and unequal answers."""

import typer

from qa_service.cli.console import JsonOption, progress_bar, report_errors, show_json
from qa_service.cli.service import opened_service


def contradictions(as_json: JsonOption = False) -> None:
    """立即查找全部口径冲突：问法重复或答复不一致的已发布问答，列入待办（服务运行时自动查找）。"""
    from dataclasses import asdict

    from qa_service.knowledge.pairs.overlap.contradictions import scan, store_found
    from qa_service.knowledge.pairs.overlap.overlaps import named_differences
    from qa_service.knowledge.pairs.questions import questions_of
    from qa_service.storage.engine import session_scope

    with report_errors(), opened_service() as services:
        now = services.clock.now()
        engine = services.index_sync.engine
        with (
            session_scope(services.database, read_only=True) as session,
            progress_bar("查找口径冲突") as advance,
        ):
            found = scan(session, engine, now=now, progress=advance)
        with session_scope(services.database) as session:
            added = store_found(session, found, now=now)
            ids = {pair_id for one in found for pair_id in (one.first_id, one.second_id)}
            names = questions_of(session, ids)
            told = [named_differences(session, one.differences) for one in found]
    if as_json:
        show_json({"added": added, "found": [asdict(one) for one in found]})
        return
    for one, differences in zip(found, told, strict=True):
        pair = f"“{names[one.first_id]}”与“{names[one.second_id]}”"
        typer.echo(f"{pair}{one.kind.label}：{'；'.join(differences)}")
    typer.echo(f"共 {len(found)} 处，新列入待办 {added} 处")
