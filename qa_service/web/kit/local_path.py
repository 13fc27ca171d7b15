"""Redirect targets, limited to pages of this service."""

HOME = "/"


def local_path(target: str) -> str:
    r"""Return ``target`` if it is a path of this site, else the home page.

    Browsers read ``//host``, ``/\host`` and paths with control characters in them
    as other hosts, so each is refused (CWE-601).
    """
    is_local = target.startswith("/") and not target.startswith("//") and "\\" not in target
    is_printable = all(sign > " " and sign != "\x7f" for sign in target)
    return target if is_local and is_printable and len(target) <= 500 else HOME
