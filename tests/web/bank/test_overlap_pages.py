from pair_pages import PAIR, QUESTION, publish, write
from visitor import Browser

from qa_service.services import Services

STEALS = {"question": "敬老卡在哪里办理？", "variants": "老房子加装电梯，能领补助吗"}


def test_a_wording_of_another_pair_is_told_refused_and_kept_with_a_reason(
    editor: Browser, services: Services
) -> None:
    taken = publish(editor, services)
    path = write(editor, **STEALS)
    form = editor.get(path).text
    assert "问法重复" in form
    assert QUESTION in form
    refused = editor.post(path, then="submit", despite_advice="yes", **{**PAIR, **STEALS})
    assert refused.status_code == 422
    assert "问法重复" in refused.text
    pair, other = (one.split("/")[2] for one in (path, taken))
    keep = f"/contradictions/pairs/{pair}/{other}"
    assert editor.post(keep, seen="1", outcome=" ").status_code == 422
    assert editor.post(keep, seen="9", outcome="两处都受理").status_code == 409
    assert editor.post(keep, seen="1", outcome="两处都受理").status_code == 303
    assert "两条都保留：两处都受理" in editor.get(path).text
    sent = editor.post(path, then="submit", despite_advice="yes", **{**PAIR, **STEALS})
    assert sent.status_code == 303
