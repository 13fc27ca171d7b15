"""Every page route, as every role: what the table of permissions says, and nothing else."""

import re
from collections.abc import Iterator

import pytest
from entry_pages import ENTRY, QUESTION
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pair_pages import PAIR, write
from visitor import Browse, Browser, add_user

from qa_service.accounts.permissions import GRANTS, WHOLE_BANK, Permission
from qa_service.accounts.users import LIMITABLE
from qa_service.services import Services
from qa_service.vocabulary import Role
from qa_service.web.desk.mount import DESK_ROUTERS
from qa_service.web.kit.access import Permits
from qa_service.web.pages import ROUTERS

DESK = {route.path for router in DESK_ROUTERS for route in router.routes}
PUBLIC = {
    "/login",
    "/answers/{key}",
    "/answers/{key}/qr.svg",
    "/media/{checksum}",
    "/docs",
    "/oidc",
    "/oidc/back",
    "/reply/{token}",
    *DESK,
}
"""Pages for which nobody has to sign in; each refuses what is not public by itself."""

REFUSED = "没有这项权限"
NO_NEED_TO_TRY = {"/logout"}
"""It would sign the visitor out."""

OTHER_PAIR = {**PAIR, "unit": "commerce"}


def enter_question(operator: Browser) -> str:
    path = operator.post("/consultations", question=QUESTION, area="养老").headers["location"]
    operator.post(f"{path}/registration", name="张女士", phone="13800000000")
    return ENTRY


FILLED = {
    "number": "ZX20261124-0001",
    "verb": "accept",
    "login": "zuoxi-x",
    "consultation_id": "6d1e6f0e-0000-4000-8000-000000000000",
    "suffix": ".csv",
}


def permissions_of(dependant: Dependant) -> Iterator[Permission]:
    if isinstance(dependant.call, Permits):
        yield dependant.call.permission
    for one in dependant.dependencies:
        yield from permissions_of(one)


def page_routes() -> list[tuple[str, str, list[Permission]]]:
    found = []
    for route in (route for router in ROUTERS for route in router.routes):
        assert isinstance(route, APIRoute)
        permissions = list(permissions_of(route.dependant))
        found += [(method, route.path, permissions) for method in sorted(route.methods)]
    assert len(found) >= 78
    return found


def acts_on(page: str, here: str) -> Iterator[tuple[str, Permission]]:
    """The address of each form that the page shows to be sent, with each permission it asks."""
    posts = [
        (route.path_regex, list(permissions_of(route.dependant)))
        for router in ROUTERS
        for route in router.routes
        if isinstance(route, APIRoute) and "POST" in route.methods
    ]
    for form in re.findall(r'<form\b[^>]*method="post"[^>]*>', page):
        action = re.search(r'\baction="([^"?#]+)', form)
        target = action[1] if action else here
        for pattern, permissions in posts:
            if pattern.fullmatch(target):
                yield from ((target, one) for one in permissions)


def address(path: str) -> str:
    return re.sub(r"\{(\w+)(?::\w+)?\}", lambda name: FILLED.get(name[1], "1"), path)


class TestTable:
    def test_every_page_names_its_permission(self) -> None:
        unguarded = {path for _, path, permissions in page_routes() if not permissions}
        assert unguarded <= PUBLIC

    def test_every_permission_is_asked_for_and_granted_to_somebody(self) -> None:
        asked = {one for _, _, permissions in page_routes() for one in permissions}
        assert asked == set(Permission) == set(GRANTS)
        assert all(GRANTS.values())

    @pytest.mark.parametrize("role", list(Role))
    def test_opens_to_a_role_exactly_what_it_is_granted(
        self, browse: Browse, services: Services, role: Role
    ) -> None:
        enter_question(browse("zhiban"))
        add_user(services, "zuoxi-x")
        visitor = browse("bare", role)
        token = visitor.token()
        for method, path, permissions in page_routes():
            if not permissions or path in NO_NEED_TO_TRY:
                continue
            answer = visitor.client.request(
                method, address(path), data={"csrf_token": token} if method == "POST" else None
            )
            is_granted = all(role in GRANTS[one] for one in permissions)
            assert answer.status_code < 500, (path, answer.status_code)
            assert (method, path, REFUSED not in answer.text) == (method, path, is_granted)
            if method == "GET" and answer.status_code == 200:
                acts = acts_on(answer.text, address(path))
                assert [act for act in acts if role not in GRANTS[act[1]]] == [], path


class TestOtherUnits:
    """Staff of one unit, before what belongs to another (IDOR)."""

    @pytest.fixture
    def outsider(self, browse: Browse) -> Browser:
        return browse("jiaoyu", Role.UNIT)

    @pytest.fixture
    def entry(self, browse: Browse) -> str:
        return enter_question(browse("zhiban"))

    @pytest.fixture
    def draft(self, browse: Browse) -> str:
        return write(browse("bianji", Role.EDITOR), unit="commerce")

    def test_entries_are_not_there(self, entry: str, outsider: Browser) -> None:
        assert entry not in outsider.get("/ledger").text
        assert outsider.get(entry).status_code == 404
        for verb in ("accept", "return", "draft", "contribute", "reveal", "join", "extend"):
            answer = outsider.post(f"{entry}/{verb}", reason="不属职责")
            assert (verb, answer.status_code) == (verb, 404)
        assert entry.rsplit("/", 1)[1].encode() not in outsider.get("/ledger/export.xlsx").content

    def test_pairs_in_work_are_not_there(self, draft: str, outsider: Browser) -> None:
        number = draft.split("/")[2]
        assert PAIR["question"] not in outsider.get("/pairs").text
        for page in ("edit", "review", "versions", "media"):
            assert (page, outsider.get(f"/pairs/{number}/{page}").status_code) == (page, 404)
        for page in ("edit", "discard", "versions"):
            answer = outsider.post(f"/pairs/{number}/{page}", number=1, **OTHER_PAIR)
            assert (page, answer.status_code in {403, 404}) == (page, True)

    def test_of_a_published_pair_the_answer_is_shown_and_nothing_else(
        self, outsider: Browser
    ) -> None:
        answer = outsider.get("/pairs/1/edit")
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/answers/")

    def test_nobody_drafts_for_another_unit(self, outsider: Browser) -> None:
        assert outsider.post("/pairs/new", then="draft", **OTHER_PAIR).status_code == 403


class TestRolesWithinUnits:
    """A role that counts within some units only (数据范围)."""

    @pytest.fixture
    def entry(self, browse: Browse) -> str:
        return enter_question(browse("zhiban"))

    @pytest.fixture
    def draft(self, browse: Browse) -> str:
        return write(browse("bianji", Role.EDITOR), unit="commerce")

    @pytest.mark.parametrize("role", sorted(LIMITABLE - {Role.UNIT}))
    def test_do_not_open_what_cannot_be_had_of_some_units(self, browse: Browse, role: Role) -> None:
        visitor = browse("bare", role, within={role: ["commerce"]})
        for method, path, permissions in page_routes():
            if method == "GET" and permissions:
                is_granted = all(
                    role in GRANTS[one] and one not in WHOLE_BANK for one in permissions
                )
                answer = visitor.get(address(path))
                assert (path, REFUSED not in answer.text) == (path, is_granted)

    def test_an_editor_changes_the_pairs_of_his_units(self, browse: Browse, draft: str) -> None:
        number = draft.split("/")[2]
        for unit, status in (("education", 404), ("commerce", 303)):
            editor = browse(f"bianji-{unit}", Role.EDITOR, within={Role.EDITOR: [unit]})
            answer = editor.post(f"/pairs/{number}/edit", then="draft", **OTHER_PAIR)
            opened = editor.get(f"/pairs/{number}/edit")
            assert (unit, answer.status_code in {403, 404}) == (unit, status == 404)
            assert (unit, opened.status_code == 404) == (unit, status == 404)

    def test_a_reviewer_signs_the_pairs_of_his_units(self, browse: Browse, draft: str) -> None:
        number = draft.split("/")[2]
        browse("bianji-er", Role.EDITOR).post(f"/pairs/{number}/edit", then="submit", **OTHER_PAIR)
        for unit, is_his in (("education", False), ("commerce", True)):
            reviewer = browse(f"shenhe-{unit}", Role.REVIEWER, within={Role.REVIEWER: [unit]})
            listed = reviewer.get("/reviews").text
            assert (unit, f"/pairs/{number}/review" in listed) == (unit, is_his)

    def test_a_supervisor_watches_his_units(self, browse: Browse, entry: str) -> None:
        found = {}
        for unit in ("commerce", "education", "human-resources"):
            within = {Role.SUPERVISOR: [unit]}
            visitor = browse(f"ducha-{unit}", Role.SUPERVISOR, within=within)
            opened = visitor.get(entry).status_code == 200
            assert (entry in visitor.get("/ledger").text) is opened
            found[unit] = opened
        assert sorted(found.values()) == [False, False, True]

    def test_somebody_may_be_staff_of_several_units(self, browse: Browse, draft: str) -> None:
        number = draft.split("/")[2]
        staff = browse("liang", Role.UNIT, within={Role.UNIT: ["commerce"]})
        assert staff.get(f"/pairs/{number}/edit").status_code == 200
        queue = staff.get("/queue").text
        assert "、" in queue.split("<h1")[1].split("</h1>")[0]
