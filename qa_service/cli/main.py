"""Assembles the commands under ``qa-service``."""

import os

from qa_service.cli import (
    accounts,
    ask,
    bank,
    contradictions,
    export,
    ledger,
    pack,
    report,
    workdays,
)
from qa_service.cli.commands import CommandGroup
from qa_service.cli.retrieval import calibrate, evaluate, index, model, train, tune
from qa_service.cli.serving import desk, serve
from qa_service.cli.upkeep import audit, backup, doctor, migration, secrets

app = CommandGroup(
    name="qa-service",
    help="政策咨询问答库：先查库，查不到即登记交办。",
    pretty_exceptions_enable=False,
    add_completion=False,
)


@app.callback()
def private_files() -> None:
    """政策咨询问答库：先查库，查不到即登记交办。"""
    # Databases, backups and exports hold what others on this machine must not read.
    os.umask(0o077)


app.command("serve")(serve.serve)
app.command("desk")(desk.desk)
app.command("backup")(backup.back_up)
app.command("restore")(backup.restore)
app.command("doctor")(doctor.doctor)
app.command("ask")(ask.ask)
app.command("import")(bank.import_file)
app.command("export")(export.export_file)
app.command("export-everything")(export.export_everything)
app.command("contradictions")(contradictions.contradictions)
app.command("evaluate")(evaluate.evaluate)
app.command("calibrate")(calibrate.calibrate)
app.command("tune")(tune.tune)
app.command("train-reranker")(train.train_reranker)
app.add_typer(bank.corpus, name="corpus")
app.command("pack")(pack.pack)
app.command("remind")(ledger.remind)
app.command("new-migration", hidden=True)(migration.new_migration)
app.add_typer(ledger.app, name="ledger")
app.add_typer(report.app, name="report")
app.add_typer(index.app, name="index")
app.add_typer(model.app, name="model")
app.add_typer(workdays.app, name="workdays")
app.add_typer(accounts.users, name="user")
app.add_typer(accounts.keys, name="key")
app.add_typer(secrets.app, name="secrets")
app.add_typer(audit.app, name="audit")
