"""The languages that are analysed, by name and by the names of their files."""

from dataclasses import dataclass
from pathlib import PurePath
from types import MappingProxyType

from sophia.servers.codacy.errors import LanguageUnknownError


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """A language; `kind` is what its analysers know it by, `file` how its text is laid before them.

    The dialect is SQL's.
    """

    name: str
    kind: str
    file: str
    dialect: str = ""


def _sql(name: str, dialect: str) -> Language:
    return Language(name=name, kind="sql", file="code.sql", dialect=dialect)


_ALL = (
    Language(name="python", kind="python", file="code.py"),
    Language(name="javascript", kind="javascript", file="code.js"),
    Language(name="jsx", kind="javascript", file="code.jsx"),
    Language(name="typescript", kind="javascript", file="code.ts"),
    Language(name="tsx", kind="javascript", file="code.tsx"),
    Language(name="yaml", kind="yaml", file="code.yaml"),
    Language(name="dockerfile", kind="dockerfile", file="Dockerfile"),
    Language(name="shell", kind="shell", file="code.sh"),
    _sql("sql", "ansi"),
    _sql("postgresql", "postgres"),
    _sql("mysql", "mysql"),
    _sql("sqlite", "sqlite"),
)
LANGUAGES = MappingProxyType({language.name: language for language in _ALL})
_ALIASES = MappingProxyType(
    {
        "py": "python",
        "python3": "python",
        "js": "javascript",
        "ts": "typescript",
        "yml": "yaml",
        "docker": "dockerfile",
        "bash": "shell",
        "sh": "shell",
        "postgres": "postgresql",
    }
)
_SUFFIXES = MappingProxyType(
    {
        ".py": "python",
        ".pyi": "python",
        ".js": "javascript",
        ".mjs": "javascript",
        ".cjs": "javascript",
        ".jsx": "jsx",
        ".ts": "typescript",
        ".mts": "typescript",
        ".cts": "typescript",
        ".tsx": "tsx",
        ".yaml": "yaml",
        ".yml": "yaml",
        ".sh": "shell",
        ".bash": "shell",
        ".sql": "sql",
        ".dockerfile": "dockerfile",
    }
)


def language(written: str) -> Language:
    """Give the language of a name; raises LanguageUnknownError."""
    name = written.strip().lower()
    found = LANGUAGES.get(_ALIASES.get(name, name))
    if found is None:
        raise LanguageUnknownError(
            f"{written[:50]!r} is not analysed here; these are: {', '.join(LANGUAGES)}."
        )
    return found


def language_of(path: str) -> Language:
    """Give the language of a file by its name; raises LanguageUnknownError."""
    name = PurePath(path).name.lower()
    if name.partition(".")[0] in {"dockerfile", "containerfile"}:
        return LANGUAGES["dockerfile"]
    found = _SUFFIXES.get(PurePath(name).suffix)
    if found is None:
        raise LanguageUnknownError(
            f"The name of {PurePath(path).name} tells no language that is analysed here: give"
            f" language, one of {', '.join(LANGUAGES)}."
        )
    return LANGUAGES[found]
