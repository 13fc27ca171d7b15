"""The public desk in Traditional characters: what is read is converted, what is sent is not."""

from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from public_desk import KEY, QUESTION, set_version, signed_desk

from qa_service.services import Services
from qa_service.web.desk.traditional import traditional

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
