"""Files in a cloud storage: folders, moving, copying, sharing."""

from __future__ import annotations

from datetime import date, timedelta

from ..schema import choice, flag, key, set_of, text
from ..tools import Arguments, Domain, Row, State, ToolError, contains, find
from ..words import Deck

FOLDERS = ("/Invoices", "/Photos", "/Reports", "/Contracts", "/Recipes", "/Archive")
NAMES = (
    *("/Invoices/electricity.pdf", "/Invoices/telephone.pdf", "/Invoices/plumber.pdf", "/Photos/harbour.jpg"),
    *("/Photos/wedding.jpg", "/Photos/garden.png", "/Reports/sales.xlsx", "/Reports/visitors.xlsx"),
    *("/Reports/minutes.docx", "/Contracts/lease.pdf", "/Contracts/insurance.pdf", "/Contracts/gym.pdf"),
    *("/Recipes/bread.txt", "/Recipes/lentil_soup.txt", "/Recipes/pickles.txt"),
)

PATH = key("Full path of the file, such as /Photos/harbour.jpg.", r"^/.+")
FOLDER = key("Full path of the folder, such as /Photos.", r"^/")


def draw(deck: Deck, today: date) -> State:
    """Twelve files in six folders, each with a size of its own; the archive is empty."""
    sizes = deck.some(range(12, 9_000), 12)
    days = deck.some(range(1, 90), 12)
    files = [
        {"path": path, "size_kb": size, "modified": (today - timedelta(days=back)).isoformat()}
        for path, size, back in zip(sorted(deck.some(NAMES, 12)), sizes, days, strict=True)
    ]
    return {"folders": list(FOLDERS), "files": files, "trash": [], "shares": []}


def folder_of(path: str) -> str:
    """``/Photos`` for ``/Photos/harbour.jpg``."""
    return path.rpartition("/")[0] or "/"


def _folder(state: State, path: str) -> str:
    path = path.rstrip("/") or "/"
    if path not in ("/", *state["folders"]):
        raise ToolError(f"there is no folder {path!r}")
    return path


def _place(state: State, path: str) -> str:
    """A path for a new file. Raises ToolError when its folder is not there, or when the path is taken."""
    _folder(state, folder_of(path))
    if any(file["path"] == path for file in state["files"]):
        raise ToolError(f"{path!r} exists already")
    return path


FILES = Domain("files", draw)


@FILES.reads("Lists the files and folders directly in a folder.", path=FOLDER)
def list_folder(state: State, given: Arguments) -> Row:
    """Folders, and files with their size and the day of their last change."""
    path = _folder(state, given["path"])
    return {
        "folders": [name for name in state["folders"] if folder_of(name) == path],
        "files": [file for file in state["files"] if folder_of(file["path"]) == path],
    }


@FILES.reads("Finds files anywhere by a part of their name.", name_contains=text("Part of the file's name."))
def search_files(state: State, given: Arguments) -> list[Row]:
    """The files whose name contains the words."""
    return [file for file in state["files"] if contains(file["path"].rpartition("/")[2], given["name_contains"])]


@FILES.changes("Creates an empty folder.", path=FOLDER)
def create_folder(state: State, given: Arguments) -> Row:
    """The new folder."""
    path = given["path"].rstrip("/")
    _folder(state, folder_of(path))
    if path in state["folders"]:
        raise ToolError(f"{path!r} exists already")
    state["folders"].append(path)
    return {"created": path}


@FILES.changes("Moves a file into another folder; its name stays.", path=PATH, to_folder=FOLDER)
def move_file(state: State, given: Arguments) -> Row:
    """The file where it is now."""
    file = find(state["files"], "file", path=given["path"])
    target = _folder(state, given["to_folder"])
    file["path"] = _place(state, f"{target.rstrip('/')}/{file['path'].rpartition('/')[2]}")
    return dict(file)


@FILES.changes("Puts a copy of a file into another folder; the original stays.", path=PATH, to_folder=FOLDER)
def copy_file(state: State, given: Arguments) -> Row:
    """The copy."""
    file = find(state["files"], "file", path=given["path"])
    target = _folder(state, given["to_folder"])
    copy = {**file, "path": _place(state, f"{target.rstrip('/')}/{file['path'].rpartition('/')[2]}")}
    state["files"].append(copy)
    return dict(copy)


@FILES.changes(
    "Gives a file another name in the same folder.",
    path=PATH,
    new_name=key("The new name with its ending and without a folder.", r"^[^/]+$"),
)
def rename_file(state: State, given: Arguments) -> Row:
    """The file under its new name."""
    file = find(state["files"], "file", path=given["path"])
    file["path"] = _place(state, f"{folder_of(file['path']).rstrip('/')}/{given['new_name']}")
    return dict(file)


@FILES.changes(
    "Deletes a file. It goes to the trash, unless it is deleted for good.",
    path=PATH,
    permanently=flag("Whether it is deleted for good, past the trash.").default(False),
)
def delete_file(state: State, given: Arguments) -> Row:
    """What was deleted."""
    file = find(state["files"], "file", path=given["path"])
    state["files"].remove(file)
    state["trash"].extend([] if given["permanently"] else [file["path"]])
    return {"deleted": file["path"], "in_trash": not given["permanently"]}


@FILES.changes(
    "Lets other people open a file.",
    path=PATH,
    emails=set_of("E-mail addresses of those people.", key("E-mail address.", r"^\S+@\S+$")),
    permission=choice("What they may do.", "view", "comment", "edit").default("view"),
)
def share_file(state: State, given: Arguments) -> Row:
    """Who may do what with the file."""
    find(state["files"], "file", path=given["path"])
    share = {"path": given["path"], "emails": sorted(given["emails"]), "permission": given["permission"]}
    state["shares"].append(share)
    return dict(share)
