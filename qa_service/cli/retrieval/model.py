"""``qa-service model``: prepares the embedding model before the first start."""

import typer

from qa_service.cli.commands import CommandGroup
from qa_service.cli.console import report_errors, say
from qa_service.cli.service import read_settings

app = CommandGroup(help="语义模型。")


@app.callback()
def model() -> None:
    """语义模型。"""


@app.command()
def build() -> None:
    """准备语义模型、重排模型和检索（镜像构建或离线部署前使用）；不可用则退出码为 1。"""
    from qa_service.services import open_encoder, open_reranker, open_retrieval, open_tokenizer

    with report_errors():
        settings = read_settings()
        encoder, _reason = open_encoder(settings, say)
        if encoder is None:
            raise typer.Exit(1)
        reranker, _reason = open_reranker(settings, say)
        say("正在准备检索，约需半分钟")
        open_retrieval(settings, open_tokenizer(settings), encoder, reranker).warm_up()
    say(f"语义模型可用：{encoder.dimension} 维")
