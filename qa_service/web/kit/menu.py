"""The menu of every page: groups of pages, those the user may open, the current one marked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qa_service.accounts.authentication.sessions import SignedIn
from qa_service.accounts.permissions import Permission
from qa_service.reporting.pending.items import PendingKind
from qa_service.reporting.pending.tally import Counts


@dataclass(frozen=True, slots=True)
class MenuPage:
    """A page of the menu: its address, the permission its route asks, and its key.

    ``beside`` are the beginnings of other addresses that belong to it, such as those of the
    forms it leads to. ``kinds`` of pending work are counted beside its name.
    """

    path: str
    label: str
    permission: Permission
    key: str = ""
    beside: tuple[str, ...] = ()
    kinds: tuple[PendingKind, ...] = ()


@dataclass(frozen=True, slots=True)
class MenuLink:
    """A page of the menu as shown to one user; ``count`` is what waits for them there."""

    path: str
    label: str
    key: str
    count: int
    is_current: bool


@dataclass(frozen=True, slots=True)
class MenuGroup:
    """A group of the menu: its links, at least one; the group's own link leads to the first."""

    label: str
    links: tuple[MenuLink, ...]

    @property
    def is_current(self) -> bool:
        """Whether the page shown is one of the group's."""
        return any(link.is_current for link in self.links)


TODO = MenuPage("/todo", "我的待办", Permission.READ_BANK, "m")

GROUPS: Mapping[str, Sequence[MenuPage]] = {
    "接听": (
        MenuPage("/", "提问", Permission.CONSULT, "q", ("/consultations", "/call")),
        MenuPage(
            "/callbacks",
            "待回访",
            Permission.CALL_BACK,
            "p",
            kinds=(PendingKind.REPLIES_TO_TELL,),
        ),
        MenuPage(
            "/recalls",
            "纠错回访",
            Permission.CALL_BACK,
            kinds=(PendingKind.CORRECTION_CALLS,),
        ),
        MenuPage("/sent-answers", "发送记录", Permission.READ_CONSULTATIONS),
    ),
    "台账": (
        MenuPage("/ledger", "登记台账", Permission.READ_LEDGER, "t"),
        MenuPage(
            "/queue",
            "单位待办",
            Permission.WORK_QUEUE,
            "x",
            kinds=(PendingKind.TO_ACCEPT, PendingKind.TO_REPLY, PendingKind.OPINIONS),
        ),
    ),
    "问答库": (
        MenuPage("/pairs", "问答", Permission.READ_BANK, "w", ("/answers", "/hit-test")),
        MenuPage(
            "/reviews",
            "审校",
            Permission.READ_BANK,
            "s",
            ("/review-plan", "/check-words", "/groundless"),
            kinds=(PendingKind.PAIRS_TO_SIGN, PendingKind.WORDINGS_TO_CONFIRM),
        ),
        MenuPage("/adoption", "起步库启用", Permission.READ_BANK),
        MenuPage("/policies", "政策库", Permission.READ_BANK, "z", ("/library",)),
        MenuPage("/upkeep", "清理返工", Permission.READ_BANK, "v"),
        MenuPage(
            "/contradictions",
            "口径冲突",
            Permission.READ_BANK,
            kinds=(PendingKind.CONTRADICTIONS,),
        ),
        MenuPage("/coverage", "入库情况", Permission.READ_BANK, "r"),
        MenuPage("/coverage/gaps", "知识缺口", Permission.READ_GAPS),
        MenuPage("/calibration", "判定校准", Permission.READ_BANK),
        MenuPage("/media", "待配图解", Permission.READ_BANK),
        MenuPage("/words", "词表", Permission.READ_BANK),
        MenuPage("/booklets", "宣传读物", Permission.READ_BANK),
        MenuPage("/bank", "导入导出", Permission.MOVE_BANK),
    ),
    "督查": (
        MenuPage(
            "/ledger/board",
            "督查看板",
            Permission.WATCH_BOARD,
            "y",
            kinds=(
                PendingKind.EXTENSIONS,
                PendingKind.LINKS_TO_RESEND,
                PendingKind.OVERDUE,
                PendingKind.RETURNED_ENTRIES,
            ),
        ),
        MenuPage(
            "/tasks",
            "任务销号",
            Permission.READ_TASKS,
            kinds=(PendingKind.TASKS_TO_DO, PendingKind.TASKS_TO_CLOSE),
        ),
        MenuPage("/escalations", "督办记录", Permission.KEEP_TASKS),
        MenuPage(
            "/alarms",
            "热点预警",
            Permission.READ_GAPS,
            kinds=(PendingKind.ALARMS,),
        ),
        MenuPage("/replays", "夜间重放", Permission.READ_GAPS),
        MenuPage("/reports", "统计", Permission.READ_REPORTS),
        MenuPage("/audit/search-first", "先查询后登记", Permission.READ_AUDIT),
        MenuPage("/audit", "审计记录", Permission.READ_AUDIT),
        MenuPage("/deliveries", "事件推送", Permission.WATCH_DELIVERIES),
    ),
    "管理": (
        MenuPage("/units", "单位和领域", Permission.KEEP_UNITS),
        MenuPage("/holidays", "节假日", Permission.KEEP_HOLIDAYS),
        MenuPage("/staff", "账号和密钥", Permission.MANAGE_ACCOUNTS),
        MenuPage("/account", "本人账号", Permission.OWN_ACCOUNT, beside=("/password", "/code")),
    ),
}
"""The menu in the order of the office's day. Every page belongs under one of the addresses."""

_ENDINGS = {"/review": ("/reviews",), "/record": ("/audit/search-first", "/ledger")}
"""Pages of one record that belong to another menu page than their address begins with."""


def menu_of(user: SignedIn, path: str, counts: Counts) -> tuple[MenuGroup, ...]:
    """Return the groups with the pages ``user`` may open, with what waits there."""
    here = place_of(user, path)
    groups = []
    for label, pages in GROUPS.items():
        links = tuple(
            _link(page, counts, is_current=page.path == here)
            for page in pages
            if user.may(page.permission)
        )
        if links:
            groups.append(MenuGroup(label, links))
    return tuple(groups)


def todo_link(path: str, total: int) -> MenuLink:
    """Return the link to the user's own work, which stands before all groups."""
    return MenuLink(TODO.path, TODO.label, TODO.key, total, is_current=_is_below(path, TODO.path))


def place_of(user: SignedIn, path: str) -> str:
    """Return the address of the menu page that ``path`` belongs to, among those the user sees.

    The longest address that begins the path counts: ``/ledger/board`` before ``/ledger``.
    """
    pages = [page for group in GROUPS.values() for page in group if user.may(page.permission)]
    known = {page.path for page in pages}
    for ending, targets in _ENDINGS.items():
        found = next((one for one in targets if one in known), None)
        if path.endswith(ending) and found is not None:
            return found
    fitting = [
        (len(start), page.path)
        for page in pages
        for start in (page.path, *page.beside)
        if _is_below(path, start)
    ]
    return max(fitting)[1] if fitting else ""


def _is_below(path: str, start: str) -> bool:
    return path == start or (start != "/" and path.startswith(f"{start}/"))


def _link(page: MenuPage, counts: Counts, *, is_current: bool) -> MenuLink:
    count = sum(counts.get(kind, 0) for kind in page.kinds)
    return MenuLink(page.path, page.label, page.key, count, is_current)
