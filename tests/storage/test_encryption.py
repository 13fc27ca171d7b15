import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from qa_service.errors import ConfigurationError
from qa_service.storage.encryption import FieldCipher, load_cipher


@pytest.fixture
def cipher() -> FieldCipher:
    return FieldCipher.of(os.urandom(32))


class TestFieldCipher:
    @pytest.mark.parametrize("plain", ["", "张三", "13800000000", "😀" * 100])
    def test_decrypts_what_it_encrypted(self, cipher: FieldCipher, plain: str) -> None:
        assert cipher.decrypt(cipher.encrypt(plain)) == plain

    def test_never_gives_the_same_text_twice(self, cipher: FieldCipher) -> None:
        assert cipher.encrypt("张三") != cipher.encrypt("张三")

    def test_the_sealed_text_does_not_hold_the_plain_one(self, cipher: FieldCipher) -> None:
        assert "13800000000" not in cipher.encrypt("13800000000")

    def test_another_key_is_told(self, cipher: FieldCipher) -> None:
        other = FieldCipher.of(os.urandom(32))
        with pytest.raises(ConfigurationError, match="密钥"):
            other.decrypt(cipher.encrypt("张三"))

    @pytest.mark.parametrize(
        "sealed", ["", "AAAA", "不是密文", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"]
    )
    def test_a_damaged_text_is_told(self, cipher: FieldCipher, sealed: str) -> None:
        with pytest.raises(ConfigurationError):
            cipher.decrypt(sealed)

    def test_the_lookup_hash_is_of_key_and_text(self, cipher: FieldCipher) -> None:
        assert cipher.lookup_hash("a") == cipher.lookup_hash("a")
        assert cipher.lookup_hash("a") != cipher.lookup_hash("b")
        assert cipher.lookup_hash("a") != FieldCipher.of(os.urandom(32)).lookup_hash("a")

    def test_does_not_show_its_key(self, cipher: FieldCipher) -> None:
        assert "key" not in repr(cipher)


class TestLoadCipher:
    def test_keeps_its_key_for_the_next_start(self, tmp_path: Path) -> None:
        sealed = load_cipher(tmp_path).encrypt("张三")
        assert load_cipher(tmp_path).decrypt(sealed) == "张三"

    def test_the_key_is_for_its_owner_only(self, tmp_path: Path) -> None:
        load_cipher(tmp_path)
        folder = tmp_path / "secrets"
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert [stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()] == [0o600]

    def test_starts_at_the_same_time_share_one_key(self, tmp_path: Path) -> None:
        with ThreadPoolExecutor(8) as pool:
            ciphers = list(pool.map(lambda _: load_cipher(tmp_path), range(8)))
        assert len({cipher.keys[1] for cipher in ciphers}) == 1

    def test_a_damaged_key_is_told(self, tmp_path: Path) -> None:
        load_cipher(tmp_path)
        (tmp_path / "secrets" / "asker.key").write_bytes(b"short")
        with pytest.raises(ConfigurationError, match="从备份恢复"):
            load_cipher(tmp_path)
