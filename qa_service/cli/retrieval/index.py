"""``qa-service index``: rebuild the search index, or check the stored one."""

from dataclasses import asdict

import typer

from qa_service.cli.commands import CommandGroup
from qa_service.cli.console import JsonOption, progress_bar, report_errors, say, show_json
from qa_service.cli.retrieval.score_check import describe_check
from qa_service.cli.service import built_service, read_settings

app = CommandGroup(help="检索索引：重建与校验。")


@app.command()
def rebuild() -> None:
    """由数据库重建索引并写入快照。"""
    with report_errors(), built_service() as services, progress_bar("重建索引") as advance:
        services.index_sync.build_first(advance)
        size = len(services.index_sync.engine.index)
    say(f"索引已重建：{size} 条问答")


@app.command()
def verify(as_json: JsonOption = False) -> None:
    """校验索引快照：校验和、模型与词典、是否属于本库、BM25 得分；有问题则退出码为 1。"""
    from qa_service.clock import SystemClock
    from qa_service.services import build_services, open_database, open_encoder, open_tokenizer

    with report_errors():
        settings = read_settings()
        database = open_database(settings)
        encoder, reason = open_encoder(settings, say)
        services = build_services(
            settings,
            clock=SystemClock(),
            database=database,
            tokenizer=open_tokenizer(settings),
            encoder=encoder,
            degraded_reason=reason,
        )
        stamp, scores = services.index_sync.verify(), services.index_sync.check_scores()
    if as_json:
        show_json({**asdict(stamp), "bm25_check": asdict(scores) if scores else None})
        return
    typer.echo(f"索引快照完好：修订号 {stamp.revision}")
    if scores:
        typer.echo(describe_check(scores))
