import re

from sqlmodel import select
from visitor import Browse, Browser

from qa_service.consultation.models import Consultation
from qa_service.ledger.models import Asker, LedgerEntry
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import RoutedBy

SAID = "我叫赵敏电话13800001111，火星移民签证在哪个窗口盖章"
KNOWN = "社保卡丢了怎么补办？"


def ask(browser: Browser, question: str) -> str:
    return browser.post("/consultations", question=question).headers["location"]


def value_of(page: str, name: str) -> str:
    # The bar above the result has the number of the call; the form below it is meant.
    form = page.partition('id="verdict"')[2]
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', form)
    assert found, name
    return found[1]


class TestPossibleName:
    def test_is_told_and_masked_if_the_operator_says_so(
        self, operator: Browser, services: Services
    ) -> None:
        path = ask(operator, "王芳 火星移民签证 在哪个窗口盖章")
        page = operator.get(path).text
        assert "可能含姓名" in page
        assert value_of(page, "mask_name") == "王芳"
        assert operator.post(f"{path}/registration", mask_name="王芳").status_code == 303
        with session_scope(services.database, read_only=True) as session:
            stored = session.exec(select(LedgerEntry.question)).one()
            heard = session.exec(select(Consultation.question)).one()
        assert stored == heard == "〔姓名〕 火星移民签证 在哪个窗口盖章"

    def test_stays_unless_it_is_ticked(self, operator: Browser, services: Services) -> None:
        path = ask(operator, "王芳 火星移民签证 在哪个窗口盖章")
        assert operator.post(f"{path}/registration", mask_name="签证").status_code == 303
        with session_scope(services.database, read_only=True) as session:
            assert "王芳" in session.exec(select(LedgerEntry.question)).one()

    def test_is_not_told_of_an_ordinary_question(self, operator: Browser) -> None:
        assert "可能含姓名" not in operator.get(ask(operator, "火星移民签证 在哪盖章")).text


class TestContact:
    def test_said_in_the_question_fills_the_boxes_of_its_taker(
        self, operator: Browser, browse: Browse
    ) -> None:
        path = ask(operator, SAID)
        page = operator.get(path).text
        assert (value_of(page, "name"), value_of(page, "phone")) == ("赵敏", "13800001111")
        other = browse("zuoxi2").get(path).text
        assert "13800001111" not in other
        assert "赵敏" not in other

    def test_that_looks_wrong_is_asked_for_again_with_what_was_typed(
        self, operator: Browser, services: Services
    ) -> None:
        path = ask(operator, "火星移民签证在哪个窗口盖章")
        refused = operator.post(f"{path}/registration", name="钱女士", phone="1380000")
        assert refused.status_code == 422
        assert "11 位" in refused.text
        assert value_of(refused.text, "name") == "钱女士"
        assert value_of(refused.text, "phone") == "1380000"
        kept = operator.post(f"{path}/registration", phone="1380000", unusual="单位内线")
        assert kept.status_code == 303
        with session_scope(services.database, read_only=True) as session:
            assert session.exec(select(Asker.contact_note)).one() == "单位内线"

    def test_corrected_before_registering_is_the_one_kept(
        self, operator: Browser, services: Services
    ) -> None:
        path = ask(operator, SAID)
        fields = {"heard": "yes", "name": "赵敏", "phone": "13800002222"}
        assert operator.post(f"{path}/registration", **fields).status_code == 303
        with session_scope(services.database, read_only=True) as session:
            assert session.exec(select(Asker.contact_masked)).one() == "138******22"

    def test_is_corrected_later_in_the_ledger(self, operator: Browser, services: Services) -> None:
        path = ask(operator, SAID)
        operator.post(f"{path}/registration")
        entry = "/ledger/ZX20261124-0001"
        assert operator.post(f"{entry}/correct_contact", phone="12").status_code == 422
        assert operator.post(f"{entry}/correct_contact", phone="13800003333").status_code == 303
        shown = operator.post(f"{entry}/reveal", reason="回复答复").text
        assert "13800003333" in shown
        assert "赵敏" in shown

    def test_is_kept_after_an_answer_was_told(self, operator: Browser, services: Services) -> None:
        path = ask(operator, KNOWN)
        pair = value_of(operator.get(path).text, "qa_id")
        operator.post(f"{path}/choice", qa_id=pair)
        assert operator.post(f"{path}/contact", phone="5").status_code == 422
        assert operator.post(f"{path}/contact", phone="13800001111").status_code == 303
        assert "138******11" in operator.get(path).text


class TestUnit:
    def test_is_the_operators_choice(self, operator: Browser, services: Services) -> None:
        path = ask(operator, "火星移民签证在哪个窗口盖章")
        assert operator.post(f"{path}/registration", unit="nowhere").status_code in {404, 422}
        assert operator.post(f"{path}/registration", unit="education").status_code == 303
        with session_scope(services.database, read_only=True) as session:
            assert session.exec(select(LedgerEntry.routed_by)).one() is RoutedBy.OPERATOR


class TestCorrection:
    def test_leaves_the_operator_in_the_call_and_has_its_asker(
        self, operator: Browser, services: Services
    ) -> None:
        path = ask(operator, f"我叫赵敏电话13800001111，{KNOWN}")
        pair = value_of(operator.get(path).text, "qa_id")
        consultation = path.rsplit("/", 1)[1]
        posted = operator.post(
            f"/pairs/{pair}/corrections", complaint="地址已变", consultation=consultation
        )
        assert posted.headers["location"].startswith(path)
        assert "已登记纠错" in operator.get(posted.headers["location"]).text
        with session_scope(services.database, read_only=True) as session:
            assert session.exec(select(LedgerEntry.asker_id)).one() is not None
