"""What a browser sends when a form of a page is submitted as it stands."""

from html.parser import HTMLParser

NOT_SENT = {"submit", "button", "file"}
CHOSEN = {"checkbox", "radio"}


class FormValues(HTMLParser):
    """Reads the form that holds a field ``field``; ``values`` are by the name of the field."""

    def __init__(self, page: str, field: str) -> None:
        super().__init__()
        self.values: dict[str, list[str]] = {}
        self._forms: list[dict[str, list[str]]] = []
        self._select = self._textarea = ""
        self.feed(page)
        (self.values,) = (form for form in self._forms if field in form)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take one element in."""
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag == "form":
            self._forms.append({})
        elif tag == "select":
            self._select = name
        elif tag == "option" and "selected" in given:
            self._take(self._select, given["value"])
        elif tag == "textarea":
            self._textarea = name
            self._take(name, "")
        elif tag == "input" and name:
            kind = given.get("type", "text")
            if kind not in NOT_SENT and (kind not in CHOSEN or "checked" in given):
                self._take(name, given.get("value", ""))

    def handle_data(self, data: str) -> None:
        """Take the text of a text area in."""
        if self._textarea:
            self._forms[-1][self._textarea][-1] += data

    def handle_endtag(self, tag: str) -> None:
        """Leave a text area."""
        if tag == "textarea":
            self._textarea = ""

    def _take(self, name: str, value: str) -> None:
        if self._forms:
            self._forms[-1].setdefault(name, []).append(value)
