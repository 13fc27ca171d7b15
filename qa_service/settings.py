"""All settings of the service, typed, read from the environment (``QA_…``) or ``.env``."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AliasChoices, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from qa_service.vocabulary import EntryKind, SearchEngine, SendChannel

DATABASE_FILE = "qa_service.db"
"""File name of the embedded database in ``data_dir``."""

_PREFIX = r"(/[A-Za-z0-9._~\-]{1,64}){0,8}"
"""Pattern of a path prefix under which a proxy shows the service."""

_ORIGIN = r"https?://[A-Za-z0-9.\-]{1,253}(:\d{1,5})?"
"""Pattern of the origin of a website, without a path."""

Workdays = Annotated[int, Field(ge=1, le=60)]


class Settings(BaseSettings):
    """Settings of the service; ``.env.example`` explains each."""

    model_config = SettingsConfigDict(
        env_prefix="QA_", env_file=".env", extra="ignore", populate_by_name=True
    )

    data_dir: Path = Field(default=Path("data"), description="database, model and secrets")
    corpus_dir: Path = Field(default=Path("corpus"), description="starter bank and language data")
    index_dir: Path = Field(default=Path("index"), description="snapshots of the search index")
    media_dir: str = Field(default="", description="empty: media in data_dir")
    media_bytes: int = Field(default=50_000_000, ge=1_000, le=2_000_000_000)
    media_total_bytes: int = Field(default=20_000_000_000, ge=1_000, description="of all media")
    database_url: str = Field(default="", description="empty: SQLite in data_dir")
    embedding_model: str = Field(default="default", description="'default', a path or a model name")
    reranker_model: str = Field(default="default", description="'default', a path or 'none'")
    encoder_threads: int = Field(default=1, ge=1, le=64)
    search_engine: SearchEngine = Field(
        default=SearchEngine.EMBEDDED, description="where questions are searched"
    )
    search_engine_url: str = Field(
        default="", description="oceanbase://user:password@host:port/database"
    )
    search_standby: bool = Field(
        default=True, description="an index of this machine takes over while the engine is gone"
    )
    host: str = "127.0.0.1"
    port: int = Field(default=8012, ge=0, le=65535)
    secure_cookies: bool = Field(default=False, description="true behind HTTPS")
    session_hours: int = Field(default=12, ge=1, le=168)
    session_idle_minutes: int = Field(default=60, ge=5, le=1440)
    admin_totp: bool = Field(default=False, description="administrators need a second factor")
    oidc_issuer: str = Field(default="", description="sign-in by another system; empty: none")
    oidc_client_id: str = ""
    oidc_client_secret: str = ""
    oidc_claim: str = Field(default="preferred_username", description="holds the login")
    public_url: str = Field(
        default="", pattern=f"^(https?://[^/]+{_PREFIX})?$", description="of the service"
    )
    reply_links: bool = Field(default=True, description="一次性答复链接；未设 public_url 时不发")
    reply_link_hours: int = Field(default=72, ge=1, le=720, description="答复链接有效小时数")
    root_path: str = Field(default="", pattern=f"^{_PREFIX}$", description="behind /qa, say")
    trusted_proxies: str = Field(default="", description="addresses of the HTTPS proxy in front")
    allow_plain_http: bool = Field(default=False, description="serve others without HTTPS")
    purge_days: int = Field(default=180, ge=1, le=3650, description="咨询人信息保留天数")
    evaluation_dir: str = Field(
        default="", description="judged questions that are replayed before new words are used"
    )
    review_stages: int = Field(default=3, ge=1, le=3, description="三审的审次，另加保密审查")
    review_two_persons: bool = Field(default=False, description="审、校由两人分别签署")
    tell_unsigned: bool = Field(default=True, description="未经本单位审校的答复可以直接告知")
    answer_workdays: Workdays = Field(default=5, description="办理时限（工作日）")
    entry_kind_workdays: dict[EntryKind, Workdays] = Field(
        default={EntryKind.CORRECTION: 3}, description="kinds with a limit of their own"
    )
    return_workdays: Workdays = Field(default=2, description="退回时限（工作日）")
    opinion_workdays: Workdays = Field(default=2, description="协办意见时限（工作日）")
    extension_workdays: Workdays = Field(default=10, description="延期总计上限（工作日）")
    repeat_days: int = Field(default=90, ge=1, le=3650, description="how long a caller is known")
    correction_callback_days: int = Field(
        default=90,
        ge=1,
        le=3650,
        # The second name is that of earlier versions.
        validation_alias=AliasChoices("QA_CORRECTION_CALLBACK_DAYS", "QA_RECALL_DAYS"),
        description="告知旧答案的追溯天数",
    )
    policy_restore_days: int = Field(
        default=7, ge=0, le=90, description="文件误标失效后可恢复原答复的天数"
    )
    scheduler_seconds: int = Field(
        default=30, ge=0, le=3600, description="pause between rounds of reminders; 0: none"
    )
    report_dir: str = Field(
        default="", description="folder for the packages of each quarter; empty: none"
    )
    pack_dir: str = Field(
        default="", description="folder for the nightly fallback pack (应急包); empty: none"
    )
    pack_days: int = Field(default=7, ge=1, le=90, description="应急包有效天数")
    report_praise_percent: int = Field(default=95, ge=0, le=100, description="通报表扬的按期办结率")
    report_criticism_percent: int = Field(
        default=80, ge=0, le=100, description="低于此按期办结率的，通报批评"
    )
    report_least_entries: int = Field(default=3, ge=1, le=10_000, description="通报的最少件数")
    alarm_least: int = Field(
        default=8, ge=3, le=10_000, description="热点预警的最少次数，一天内少于此数不预警"
    )
    library_columns: str = Field(
        default="", description="上级政策文件库的导出栏目（JSONL 文件）；空：随程序提供的栏目"
    )
    webhook_url: str = Field(default="", pattern="^(https?://.+)?$")
    webhook_secret: str = ""
    webhook_allowed: str = Field(default="", description="private hosts or networks, by commas")
    smtp_host: str = ""
    smtp_port: int = Field(default=25, ge=1, le=65535)
    smtp_user: str = ""
    smtp_password: str = ""
    smtp_starttls: bool = False
    smtp_sender: str = Field(default="", description="From: of mails to units")
    daily_mail_hour: int = Field(
        default=8, ge=-1, le=23, description="每日待办邮件的钟点（北京时间）；-1：不发"
    )
    sms_url: str = Field(
        default="", pattern="^(https?://.+)?$", description="HTTP interface of the SMS gateway"
    )
    sms_fields: dict[str, str] = Field(
        default={"phone": "{phone}", "text": "{text}"}, description="fields posted to it"
    )
    sms_headers: dict[str, str] = Field(default={}, description="headers, such as Authorization")
    sms_body: Literal["json", "form"] = "json"
    sms_success: str = Field(default="", description="what its answer contains when it took one")
    answer_text: str = Field(
        default="您咨询的“{question}”，答复见 {link}",
        description="text of the message that sends an answer",
    )
    sms_notice_fields: dict[str, str] = Field(
        default={}, description="fields of a notice of a reply; empty: as sms_fields"
    )
    notice_text: str = Field(
        default="您的留言 {number} 已有答复，请凭编号和查询码查看：{link}",
        description="text of the message that tells a citizen of a reply",
    )
    desk_host: str = "127.0.0.1"
    desk_port: int = Field(default=8013, ge=0, le=65535)
    desk_url: str = Field(
        default="", pattern=f"^(https?://[^/]+{_PREFIX})?$", description="of the public desk"
    )
    desk_per_minute: int = Field(
        default=120, ge=1, le=1_000_000, description="requests of one address at the public desk"
    )
    desk_writing: bool = Field(default=True, description="公众可以留言、找错、评价")
    desk_notices: bool = Field(default=True, description="答复审定后用短信、邮件告知留言人")
    desk_writes_per_hour: int = Field(
        default=10, ge=1, le=10_000, description="messages of one address at the public desk"
    )
    desk_work: int = Field(
        default=200_000, ge=100, le=5_000_000, description="attempts that a form costs a browser"
    )
    desk_question_days: int = Field(
        default=90, ge=1, le=3650, description="办结后凭查询码可查看留言的天数"
    )
    desk_kept_searches: int = Field(
        default=500, ge=0, le=100_000, description="outcomes of searches one process tells again"
    )
    desk_in_flight: int = Field(
        default=60, ge=1, le=1_000, description="requests that one desk process answers at once"
    )
    desk_origins: str = Field(
        default="",
        pattern=rf"^\s*({_ORIGIN}(\s*,\s*{_ORIGIN})*)?\s*$",
        description="sites that may show the desk's search, by commas",
    )
    candidate_limit: int = Field(
        default=5, ge=1, le=9, description="shown candidates, one number key each"
    )
    log_format: str = Field(default="text", pattern="^(text|json)$")
    log_level: str = Field(
        default="INFO", pattern="(?i)^(critical|error|warning|info|debug|trace)$"
    )

    @property
    def reply_link_ways(self) -> tuple[SendChannel, ...]:
        """Ways by which units can be sent links; none without an address that outsiders reach."""
        if not (self.reply_links and self.public_url.startswith("https://")):
            return ()
        offered = {SendChannel.MAIL: self.smtp_host, SendChannel.SMS: self.sms_url}
        return tuple(way for way, server in offered.items() if server)

    @property
    def desk_sites(self) -> tuple[str, ...]:
        """Origins of the sites that may embed the desk's search and ask it from their pages."""
        return tuple(one.strip().lower() for one in self.desk_origins.split(",") if one.strip())

    @property
    def effective_media_dir(self) -> Path:
        """Folder of media files: pictures (图解) and videos."""
        return Path(self.media_dir) if self.media_dir else self.data_dir / "media"

    @property
    def effective_database_url(self) -> str:
        """URL of the database: the configured one, else SQLite in ``data_dir``."""
        return self.database_url or f"sqlite:///{self.data_dir / DATABASE_FILE}"
