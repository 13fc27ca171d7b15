"""The public desk in Traditional characters: what is read is converted, what is sent is not."""

from urllib.parse import quote

import pytest
from desk_forms import form_of, receipt_of
from fastapi.testclient import TestClient
from public_desk import KEY, QUESTION, set_law, set_version, signed_desk

from qa_service.server.shedding import PAGE, TRADITIONAL_PAGE
from qa_service.services import Services
from qa_service.text.traditional import traditional

ASKED = "社保卡丟了怎麼補辦？"


@pytest.fixture
def desk(services: Services) -> TestClient:
    return TestClient(signed_desk(services), follow_redirects=False)


def test_a_question_in_traditional_characters_is_answered_in_them(desk: TestClient) -> None:
    found = desk.get("/desk/search", params={"q": ASKED, "script": "hant"})
    assert 'data-verdict="answered"' in found.text
    assert "可帶有效身份證件" in found.text
    assert f'value="{ASKED}"' in found.text
    assert '<html lang="zh-Hant"' in found.text
    assert "以簡體版為準" in found.text
    assert "可带有效身份证件" in desk.get("/desk/search", params={"q": ASKED}).text


def test_what_is_sent_stays_simplified_and_the_way_of_reading_is_kept(
    desk: TestClient, services: Services
) -> None:
    set_version(services, audience="灵活就业人员")
    page = desk.get("/desk?script=hant&type=large").text
    assert '<option value="灵活就业人员">靈活就業人員</option>' in page
    assert 'placeholder="例如：社保卡丟了怎麼補辦"' in page
    assert '<input type="hidden" name="script" value="hant">' in page
    assert "/desk/answers?type=large&amp;script=hant" in page
    assert f'href="/desk/answers?area={quote("养老")}&amp;type=large&amp;script=hant"' in page


def test_forms_receipts_and_refusals_are_read_in_them(desk: TestClient, services: Services) -> None:
    services.settings.desk_work = 100
    form = desk.get("/desk/ask?script=hant")
    assert "您要問什麼？" in form.text
    assert 'data-works="正在提交…"' in form.text
    assert "/desk/ask?script=hant" in form.text
    short = {**form_of(form), "question": "？", "contact": "1"}
    refused = desk.post("/desk/ask?script=hant", data=short)
    assert "問題中沒有文字" in refused.text
    assert "聯繫方式應為" in refused.text
    left = {**form_of(form), "question": "火星养老院怎么预约"}
    receipt = desk.post("/desk/ask?script=hant", data=left)
    assert "請抄下或截圖保存編號和查詢碼" in receipt.text
    state = desk.post("/desk/question?script=hant", data=receipt_of(receipt))
    assert "已交承辦單位，等待簽收" in state.text
    wrong = {**receipt_of(receipt), "code": "x"}
    assert "編號或查詢碼不對" in desk.post("/desk/question?script=hant", data=wrong).text


def test_errors_are_told_in_them(desk: TestClient, services: Services) -> None:
    for path in ("/desk/nothing", "/desk/answers/none", "/ledger"):
        page = desk.get(f"{path}?script=hant")
        assert page.status_code == 404
        assert '<html lang="zh-Hant"' in page.text
        assert "回到查詢頁" in page.text
    services.settings.desk_per_minute = 1
    desk.get("/desk")
    assert "您所在的網絡每分鐘最多訪問" in desk.get("/desk?script=hant").text


def test_days_are_no_titles() -> None:
    assert traditional("办结 180 天后清除，十五天后、几天后；天后宫") == (
        "辦結 180 天後清除，十五天後、幾天後；天后宮"
    )


def test_so_is_the_plain_page_of_a_busy_process() -> None:
    assert traditional(PAGE) == TRADITIONAL_PAGE


def test_feeds_and_search_description_are_written_in_them(
    desk: TestClient, services: Services
) -> None:
    for path in ("/desk/feed.atom", f"/desk/policies/{set_law(services)}/feed.atom"):
        feed = desk.get(f"{path}?script=hant").text
        assert "社保卡丟了怎麼補辦？" in feed
        assert QUESTION not in feed
        assert f"http://testserver/desk/answers/{KEY}?script=hant" in feed
    described = desk.get("/desk/opensearch.xml?script=hant").text
    assert "政策諮詢自助查詢" in described
    assert "{searchTerms}&amp;script=hant" in described


def test_a_cache_never_mixes_the_two(desk: TestClient) -> None:
    pages = [desk.get(f"/desk/answers/{KEY}", params=query) for query in ({}, {"script": "hant"})]
    assert pages[0].headers["etag"] != pages[1].headers["etag"]
    assert (QUESTION in pages[0].text, QUESTION in pages[1].text) == (True, True)
    # In the second page the question stands as written in the data for search engines alone.
    assert "<h1>社保卡丟了怎麼補辦？</h1>" in pages[1].text


def test_scripts_typed_text_and_addresses_are_left_alone() -> None:
    page = (
        '<html lang="zh-CN"><script>"发"</script><textarea name="t">发布</textarea>'
        '<a href="/发" title="发布">发布 &lt;面&gt;</a></html>'
    )
    assert traditional(page) == (
        '<html lang="zh-Hant"><script>"发"</script><textarea name="t">发布</textarea>'
        '<a href="/发" title="發佈">發佈 &lt;面&gt;</a></html>'
    )
