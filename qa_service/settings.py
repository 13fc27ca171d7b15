"""Every setting of the service, typed, read from the environment (``QA_…``) or ``.env``."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """The service's settings; ``.env.example`` lists each with its meaning."""

    model_config = SettingsConfigDict(env_prefix="QA_", env_file=".env", extra="ignore")

    data_dir: Path = Field(default=Path("data"), description="database, model and secrets")
    corpus_dir: Path = Field(default=Path("corpus"), description="starter bank and language data")
    index_dir: Path = Field(default=Path("index"), description="snapshots of the search index")
    database_url: str = Field(default="", description="empty: SQLite in data_dir")
    embedding_model: str = Field(default="default", description="'default', a path or a model name")
    encoder_threads: int = Field(default=2, ge=1, le=64)
    host: str = "127.0.0.1"
    port: int = Field(default=8012, ge=0, le=65535)
    secure_cookies: bool = Field(default=False, description="true behind HTTPS")
    session_hours: int = Field(default=12, ge=1, le=168)
    answer_workdays: int = Field(default=5, ge=1, le=60, description="办理时限（工作日）")
    candidate_limit: int = Field(
        default=5, ge=1, le=9, description="shown candidates, one number key each"
    )
    log_level: str = Field(
        default="INFO", pattern="(?i)^(critical|error|warning|info|debug|trace)$"
    )

    @property
    def effective_database_url(self) -> str:
        """The database to use: the one given, else SQLite in ``data_dir``."""
        return self.database_url or f"sqlite:///{self.data_dir / 'qa_service.db'}"
