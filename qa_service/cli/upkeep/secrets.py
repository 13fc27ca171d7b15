"""``qa-service secrets``: rotates the key that encrypts askers' data."""

from qa_service.cli.commands import CommandGroup
from qa_service.cli.console import progress_bar, report_errors, say
from qa_service.cli.service import read_settings

app = CommandGroup(help="咨询人信息的加密密钥。")

BATCH = 500


@app.command("rotate")
def rotate() -> None:
    """启用新的加密密钥，并用它重新加密全部咨询人信息；请先停止服务。"""
    from qa_service.accounts.actor import COMMAND_LINE
    from qa_service.accounts.audit import record
    from qa_service.accounts.form_drafts import reseal_drafts
    from qa_service.accounts.users import reseal_second_factors
    from qa_service.clock import SystemClock
    from qa_service.ledger.askers.retention import reseal
    from qa_service.ledger.askers.sealed_texts import sealed_samples
    from qa_service.services import open_database
    from qa_service.storage.encryption import add_key
    from qa_service.storage.engine import session_scope
    from qa_service.storage.key_register import open_cipher, register_keys
    from qa_service.vocabulary import AuditAction

    with report_errors():
        settings = read_settings()
        database = open_database(settings, limited=False)
        now = SystemClock().now()
        # A key is added only to keys that open everything that is sealed.
        open_cipher(database, settings.data_dir, sealed_samples, now=now)
        cipher = add_key(settings.data_dir)
        with session_scope(database) as session:
            register_keys(session, cipher, now=now)
        changed, after = 0, 0
        with progress_bar("重新加密") as advance:
            while True:
                with session_scope(database) as session:
                    count, last = reseal(session, cipher, after=after, limit=BATCH)
                if last == 0:
                    break
                changed, after = changed + count, last
                advance(changed, changed)
        with session_scope(database) as session:
            reseal_second_factors(session, cipher)
            reseal_drafts(session, cipher)
            subject = f"加密密钥 {cipher.key_id}"
            record(session, AuditAction.SETTINGS, actor=COMMAND_LINE, now=now, subject=subject)
    say(
        f"已启用第 {cipher.key_id} 号密钥，重新加密 {changed} 条。请备份 secrets 目录，再启动服务。"
    )
