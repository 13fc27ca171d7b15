"""Acts that cannot be undone stand behind a fold that says what follows."""

import re

from visitor import PASSWORD, Browse, Browser, add_user

from qa_service.services import Services
from qa_service.vocabulary import Role


def folded(page: str, act: str, button: str) -> bool:
    """Whether the button stands in the fold of the act, and nowhere else."""
    folds = re.findall(
        r'<details class="sure"><summary>(.*?)</summary><p class="hint">.+?</p>(.*?)</details>',
        page,
        re.DOTALL,
    )
    inside = [held for name, held in folds if name == act and f">{button}</button>" in held]
    return bool(inside) and page.count(f">{button}</button>") == sum(
        held.count(f">{button}</button>") for _, held in folds
    )


def test_keys_sessions_and_passwords_end_in_two_steps(admin: Browser, services: Services) -> None:
    add_user(services, "lisi")
    asked = {"name": "脚本", "scopes": "consult", "days": "30", "password": PASSWORD}
    assert admin.post("/account/keys", **asked).status_code == 200
    account = admin.get("/account").text
    assert folded(account, "停用", "确认停用")
    assert folded(account, "在所有电脑上退出", "确认全部退出")
    assert folded(admin.get("/staff").text, "停用", "确认停用")
    assert folded(admin.get("/staff/users/lisi").text, "重置密码", "确认重置")


def test_topics_years_of_holidays_and_units_end_in_two_steps(
    editor: Browser, browse: Browse
) -> None:
    editor.post("/coverage", area="养老", name="高龄津贴", keywords="高龄津贴")
    assert folded(editor.get("/coverage").text, "删除事项", "确认删除")
    supervisor = browse("ducha", Role.SUPERVISOR)
    days = {"year": "2027", "notice": "国办发明电〔2026〕0号", "make_up_days": ""}
    supervisor.post("/holidays", **days, days_off="2027-01-01至2027-01-03", then="save")
    page = supervisor.get("/holidays?year=2027").text
    assert folded(page, "删除页面录入的这一年", "确认删除")
    assert folded(supervisor.get("/units/1").text, "并入所选单位", "确认并入")
