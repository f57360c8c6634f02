"""What may be in the repository, one function a rule. Each takes paths or a text and returns the faults in it."""

import re
from collections.abc import Iterable

TOP = {
    "specimen_service",
    "printers",
    "migrations",
    "tests",
    "docs",
    "pyproject.toml",
    "config.example.toml",
    "README.md",
    "LICENSE",
    "CHANGELOG.md",
}
FOREIGN = re.compile(r"\.min\.(js|css)$|\.(ttf|otf|woff2?|eot|map|whl|jar|exe|so|dll|pyc)$", re.IGNORECASE)
# One letter of each stands in brackets, so that this file does not name what it looks for.
REGISTRIES = re.compile(
    r"pyp[i]\.org|pythonhoste[d]\.org|npmj[s]\.(org|com)|yarnpk[g]\.com|deb\.debia[n]\.org|archive\.ubunt[u]\.com"
    r"|docke[r]\.io|ghc[r]\.io|qua[y]\.io|crate[s]\.io|rubygem[s]\.org|proxy\.golan[g]\.org|anacond[a]\.(org|com)"
    r"|unpk[g]\.com|jsdeliv[r]\.net|cdnj[s]\.|fonts\.g(oogleapi[s]|stati[c])\.com"
)
THIS_MACHINE = re.compile(r"/wor[k]/|/tmp/[v]\b|/tmp/brie[f]|/roo[t]/")


def strangers_at_the_top(paths: Iterable[str]) -> set[str]:
    """Return what stands at the top of the repository and is neither named in the house rules nor hidden."""
    return {top for path in paths if not (top := path.split("/")[0]).startswith(".")} - TOP


def foreign_files(paths: Iterable[str]) -> set[str]:
    """Return the files that look like somebody else's: fonts, minified scripts, compiled things."""
    return {path for path in paths if FOREIGN.search(path)}


def unwelcome_words(text: str) -> set[str]:
    """Return the host names of package registries and the paths of the machine it was written on."""
    return {found[0] for pattern in (REGISTRIES, THIS_MACHINE) for found in pattern.finditer(text)}


def unmentioned_keys(example: str, tables: dict[str, list[str]]) -> set[str]:
    """Return `table.key` for each key that the example neither sets nor shows in a comment within its table, or as one."""
    parts = re.split(r"^#? ?\[+([\w.]+)\]+", example, flags=re.MULTILINE)
    shown: dict[str, str] = {}
    for table, body in zip(parts[1::2], parts[2::2], strict=True):
        shown[table] = shown.get(table, "") + body
    return {
        f"{table}.{key}"
        for table, keys in tables.items()
        for key in keys
        if f"{table}.{key}" not in shown and not re.search(rf"^#? ?{key} *=", shown.get(table, ""), re.MULTILINE)
    }
