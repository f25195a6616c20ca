"""Runs the notebooks on a lake and holds what they print to what is kept in them.

python .ci/notebooks.py FOLDER_OF_THE_LAKE            fails where a notebook fails or prints something else
python .ci/notebooks.py FOLDER_OF_THE_LAKE --write    keeps what they print now
"""

import pathlib
import sys

import nbformat
from nbclient import NotebookClient

BOOKS = pathlib.Path(__file__).parent.parent / "notebooks"


def run(path, folder):
    """The notebook with fresh outputs."""
    book = nbformat.read(path, as_version=4)
    NotebookClient(book, timeout=300, resources={"metadata": {"path": str(folder)}}).execute()
    for cell in book.cells:
        cell.metadata.pop("execution", None)
    book.metadata.language_info = {"name": "python"}
    return book


def printed(book):
    """What each cell prints as text; pictures differ from machine to machine."""
    outputs = [cell.get("outputs", []) for cell in book.cells]
    return [[out.get("text") or out.get("data", {}).get("text/plain", "") for out in cell] for cell in outputs]


def main():
    folder, writes = pathlib.Path(sys.argv[1]).resolve(), "--write" in sys.argv
    stale = 0
    for path in sorted(BOOKS.glob("*.ipynb")):
        fresh = run(path, folder)
        if writes:
            nbformat.write(fresh, path)
            continue
        kept = printed(nbformat.read(path, as_version=4))
        for number, (old, new) in enumerate(zip(kept, printed(fresh), strict=True)):
            if old != new:
                stale += 1
                print(f"{path.name}, cell {number} prints something else now:\n" + "\n".join(new))
        print(f"{path.name}: {len(kept)} cells")
    sys.exit("run .ci/notebooks.py with --write and look at what changed" if stale else 0)


main()
