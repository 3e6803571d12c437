"""Inline script metadata: what a contender's file says that it needs."""

import re
import tomllib
from dataclasses import dataclass
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet

OPENING, CLOSING = "# /// script", "# ///"


class MetadataError(ValueError):
    """A metadata block with a mistake in it; the message begins with its file and line."""


@dataclass(frozen=True)
class Metadata:
    """What a file asks its environment for.

    Parameters
    ----------
    dependencies : tuple of str
        Requirements as pip takes them, in the file's order, each in its normal spelling.
    requires_python : str
        Which versions of Python will do; empty for any.
    """

    dependencies: tuple[str, ...] = ()
    requires_python: str = ""


def script_metadata(source: bytes, name: str) -> Metadata | None:
    """Read the `# /// script` block of the file of this name; None where it has none.

    A block that is not closed is an error, where PEP 723 has it ignored: a contender without its
    framework fails in a way that says less. Of its fields, `dependencies` and `requires-python`
    are read; tools' own tables are theirs.

    Raises
    ------
    MetadataError
        Two blocks, one that is not closed or no TOML, or a field that is not what it should be.

    References
    ----------
    PEP 723, "Inline script metadata".
    """
    lines = source.decode("utf-8-sig", errors="replace").splitlines()
    openings = [i for i, line in enumerate(lines) if line == OPENING]
    if not openings:
        return None
    block = _Block(name, lines, openings[0])
    if len(openings) > 1:
        raise block.error("a second script block", openings[1])
    return block.metadata()


class _Block:
    """The lines between the opening and the closing, counted in the file from 0."""

    def __init__(self, name: str, lines: list[str], opening: int) -> None:
        self._name = name
        self._lines = lines
        self._first = opening + 1
        end = self._first
        while end < len(lines) and (lines[end] == "#" or lines[end].startswith("# ")):
            end += 1
        closings = [i for i in range(self._first, end) if lines[i] == CLOSING]
        if not closings:
            raise self.error(f"the script block is not closed by a line {CLOSING!r}", opening)
        self._end = closings[-1]

    def error(self, what: str, line: int) -> MetadataError:
        return MetadataError(f"{self._name}:{line + 1}: {what}")

    def metadata(self) -> Metadata:
        fields = self._toml()
        dependencies = fields.get("dependencies", [])
        if not isinstance(dependencies, list) or not all(isinstance(d, str) for d in dependencies):
            raise self._at("dependencies", f"expected a list of strings, got {dependencies!r}")
        requires = fields.get("requires-python", "")
        if not isinstance(requires, str):
            raise self._at("requires-python", f"expected a string, got {requires!r}")
        for dependency in dependencies:
            try:
                Requirement(dependency)
            except InvalidRequirement as error:
                raise self._at(dependency, str(error).splitlines()[0]) from None
        try:
            SpecifierSet(requires)
        except InvalidSpecifier:
            what = f"expected versions such as '>=3.11', got {requires!r}"
            raise self._at("requires-python", what) from None
        normalised = tuple(str(Requirement(dependency)) for dependency in dependencies)
        return Metadata(normalised, str(SpecifierSet(requires)))

    def _toml(self) -> dict[str, Any]:
        content = (line.removeprefix("#").removeprefix(" ") for line in self._content())
        try:
            return tomllib.loads("\n".join(content))
        except tomllib.TOMLDecodeError as error:
            at = re.search(r" \(at line (\d+), column \d+\)", str(error))
            line = self._first + int(at[1]) - 1 if at else self._end
            raise self.error(
                f"not valid TOML: {re.sub(r' [(]at .*', '', str(error))}", line
            ) from None

    def _content(self) -> list[str]:
        return self._lines[self._first : self._end]

    def _at(self, text: str, what: str) -> MetadataError:
        """Point at the line that mentions `text`, or at the opening where none does."""
        mentions = (i for i, line in enumerate(self._content(), self._first) if text in line)
        return self.error(f"{' '.join(text.split())}: {what}", next(mentions, self._first - 1))
