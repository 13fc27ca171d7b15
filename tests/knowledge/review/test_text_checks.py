from collections.abc import Iterator
from datetime import datetime

import pytest
from actors import person
from sqlalchemy import Engine
from sqlmodel import Session

from qa_service.accounts.audit import AuditFilter, list_events
from qa_service.clock import BEIJING
from qa_service.knowledge.review.check_words import (
    InvalidCheckWordsError,
    list_check_words,
    set_check_words,
)
from qa_service.knowledge.review.text_checks import Finding, check_texts
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import AuditAction

NOW = datetime(2026, 11, 24, 10, tzinfo=BEIJING)


@pytest.fixture
def session(bank: Engine) -> Iterator[Session]:
    with session_scope(bank) as opened:
        yield opened


def found(session: Session, text: str) -> list[Finding]:
    return list(check_texts(session, {"answer": text}))


def faults(session: Session, text: str) -> list[str]:
    return [one.message for one in found(session, text) if one.is_fault]


def put(session: Session, **lists: str) -> None:
    texts = {"blocked": "", "warned": "", "leaders": "", **lists}
    set_check_words(session, **texts, note="初版", by=person("编辑甲"), now=NOW)


class TestMarksOfSecrecy:
    @pytest.mark.parametrize(
        "text",
        [
            "详见机密文件第三条。",
            "本件为绝密。",
            "秘密★10年\n关于某事项的通知",
            "机密★长期",
            "密级：秘密",
            "（秘密）关于调整标准的通知",
            "根据内部资料，标准将上调。",
            "仅供内部使用，不得外传。",
            "此材料请勿外传。",
            "机 密 文 件",
            "內部資料",
            "此件不公开。",
            "标准未定，不得对外公布。",
            "内部文件规定每月发放。",
        ],
    )
    def test_are_faults(self, session: Session, text: str) -> None:
        assert any("涉密标志" in message for message in faults(session, text))

    @pytest.mark.parametrize(
        "text",
        [
            "劳动者离职后仍有保密义务。",
            "村民委员会选举实行秘密投票。",
            "用人单位可以约定保守商业秘密的事项。",
            "不得泄露国家秘密和商业机密。",
            "国家秘密的密级分为绝密、机密、秘密三级。",
            "工作人员应当保守国家机密。",
            "按房屋内部使用面积计算补贴。",
            "短信验证码请勿外传。",
            "单位内部资料由单位自行保管。",
            "请注意保密您的登录密码。",
            "申请人的个人信息不得对外公布。",
            "秘书处电话见网站。",
        ],
    )
    def test_are_not_seen_where_secrets_are_only_spoken_of(
        self, session: Session, text: str
    ) -> None:
        assert faults(session, text) == []


class TestListedWords:
    def test_of_the_blocked_list_are_faults_and_of_the_other_advice(self, session: Session) -> None:
        put(session, blocked="甲乙邪说\n", warned="盛大举行")
        (blocked,) = found(session, "宣扬甲乙邪说的。")
        (warned,) = found(session, "活动盛大举行。")
        assert (blocked.is_fault, warned.is_fault) == (True, False)

    @pytest.mark.parametrize("text", ["甲 乙 邪 说", "甲·乙·邪·说", "甲*乙邪\u200b说", "甲乙邪說"])
    def test_are_found_however_they_are_disguised(self, session: Session, text: str) -> None:
        put(session, blocked="甲乙邪说")
        assert faults(session, f"有人说{text}。")

    def test_are_none_as_the_service_ships(self, session: Session) -> None:
        assert list_check_words(session) == []
        assert found(session, "区长张三丰主持会议。") == []

    def test_of_leaders_are_to_be_compared(self, session: Session) -> None:
        put(session, leaders="张三丰 区长、区委副书记")
        assert "请核对姓名、职务" in found(session, "区长张三丰主持会议。")[0].message
        assert "未见词表所列职务" in found(session, "主任张三丰主持会议。")[0].message
        assert "只差一字" in found(session, "区长张山丰主持会议。")[0].message
        assert found(session, "区长热线是 12345。") == []

    @pytest.mark.parametrize(
        ("lists", "field"),
        [
            ({"leaders": "张三丰"}, "leaders"),
            ({"blocked": "的"}, "blocked"),
            ({"warned": "长" * 51}, "warned"),
            ({"note": " "}, "note"),
        ],
    )
    def test_that_cannot_be_used_are_refused_by_field(
        self, session: Session, lists: dict[str, str], field: str
    ) -> None:
        texts = {"blocked": "", "warned": "", "leaders": "", "note": "初版", **lists}
        with pytest.raises(InvalidCheckWordsError) as caught:
            set_check_words(session, **texts, by=person("编辑甲"), now=NOW)
        assert {problem.field for problem in caught.value.problems} == {field}

    def test_are_kept_in_versions_and_audited(self, session: Session) -> None:
        put(session, blocked="甲乙邪说")
        put(session, blocked="丙丁邪说")
        assert faults(session, "甲乙邪说") == []
        assert faults(session, "丙丁邪说")
        assert len(list_check_words(session)) == 2
        assert len(list_events(session, AuditFilter(action=AuditAction.EDIT), limit=9)) == 2


class TestPersonalData:
    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("联系人：王小明，办理补贴。", "姓名"),
            ("住在幸福小区3号楼2单元501的居民。", "地址"),
            ("请转到卡号6222 0000 1111 2222 334。", "银行卡号但校验位不符"),
            ("身份证尾号请填110105194912310021。", "身份证号但校验位不符"),
        ],
    )
    def test_that_may_be_an_offices_own_is_advice(
        self, session: Session, text: str, told: str
    ) -> None:
        (finding,) = found(session, text)
        assert (told in finding.message, finding.is_fault) == (True, False)

    @pytest.mark.parametrize(
        "text",
        ["请拨打12345咨询。", "统一社会信用代码由市场监管部门核发。", "补贴标准为每月800元。"],
    )
    def test_is_not_seen_in_plain_answers(self, session: Session, text: str) -> None:
        assert found(session, text) == []
