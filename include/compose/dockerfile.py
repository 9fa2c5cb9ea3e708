"""The ``Dockerfile`` as far as it says what lies where in an image, and with which environment."""

from __future__ import annotations

import re
import shlex
import shutil
from dataclasses import dataclass, field
from pathlib import Path

#: Kept out of the images by ``.dockerignore``, beside what no COPY names.
LEFT_OUT = ("__pycache__", "*.pyc", "soak", "compose")


@dataclass
class Stage:
    """One image.

    :param base: the image that it is made from.
    :param copies: sources and the place that they are copied to.
    :param environment: of its ENV instructions.
    """

    name: str
    base: str
    copies: list[tuple[list[str], str]] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)


def read_dockerfile(path: Path) -> dict[str, Stage]:
    """The stages by name, in their order."""
    text = re.sub(r"^\s*#.*\n", "", path.read_text(encoding="utf-8"), flags=re.M)
    stages: dict[str, Stage] = {}
    stage: Stage | None = None
    for line in re.sub(r"\\\n", " ", text).splitlines():
        instruction, _, rest = line.strip().partition(" ")
        words = [word for word in shlex.split(rest) if not word.startswith("--")]
        if instruction == "FROM":
            stage = Stage(name=words[2], base=words[0])
            stages[stage.name] = stage
        elif instruction == "COPY" and stage:
            stage.copies.append((words[:-1], words[-1]))
        elif instruction == "ENV" and stage:
            stage.environment |= dict(word.split("=", 1) for word in words)
    return stages


def lay_out(stage: Stage, root: Path, tree: Path) -> None:
    """Copy what an image of this stage would hold of this project.

    :param root: the project's folder, the build's context.
    :param tree: the folder that stands for the image's root.
    """
    for sources, target in stage.copies:
        place = tree / target.lstrip("/")
        for source in sources:
            copied = root / source
            if copied.is_dir():
                shutil.rmtree(place, ignore_errors=True)  # of an earlier start, with files that are no more
                shutil.copytree(copied, place, dirs_exist_ok=True, ignore=shutil.ignore_patterns(*LEFT_OUT))
            else:
                whole = place / copied.name if target.endswith("/") else place
                whole.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(copied, whole)
