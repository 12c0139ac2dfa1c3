"""Run every check: one line for each problem, exit code 1 when there is any.

``--write`` mends the deps of dvc.yaml, the style of params.yaml, and the made pages of docs/reference.
"""

import sys
from collections.abc import Iterator

from data.errors import UserError
from tests.checks import container, money, one_home, parameters, rooms, stage_deps, tracked_text, vendored, whole_files
from tests.checks.docs import glossary, layout, links, names, pages
from tests.checks.imports import Code
from tests.checks.pipeline import Stage, stages


def problems(code: Code) -> Iterator[str]:
    """All problems of all checks."""
    for stage in stages():
        if stage.module not in code.graph.modules:
            yield f"{stage.file}: the stage {stage.name} runs {stage.module}, which is absent; fix: correct its cmd"
    yield from stage_deps.problems(code, runnable(code))
    yield from parameters.problems(code, runnable(code))
    yield from one_home.problems()
    yield from rooms.problems()
    yield from tracked_text.problems()
    yield from money.problems()
    yield from whole_files.problems()
    yield from container.problems(code)
    yield from vendored.problems()
    yield from documented()


def documented() -> Iterator[str]:
    """All problems of the documentation; none in a project without docs."""
    if pages.FOLDER.is_dir():
        from tests.checks.docs import made  # noqa: PLC0415 - needs all four folders, which a part of a project lacks

        yield from made.problems()
        read = pages.read()
        yield from layout.problems(read)
        yield from links.problems(read)
        yield from names.problems(read)
        yield from glossary.problems(read)


def write_documented() -> None:
    """Write the generated pages of the documentation, in a project with docs."""
    if pages.FOLDER.is_dir():
        from tests.checks.docs import made  # noqa: PLC0415 - see above

        made.write()


def runnable(code: Code) -> list[Stage]:
    """The stages whose module exists."""
    return [stage for stage in stages() if stage.module in code.graph.modules]


def main() -> int:
    """Return the exit code."""
    code = Code()
    try:
        if sys.argv[1:] == ["--write"]:
            stage_deps.write(code, runnable(code))
            parameters.write()
            write_documented()
            return 0
        found = list(problems(code))
    except (UserError, ValueError) as error:
        found = [str(error)]
    for problem in found:
        print(problem, file=sys.stderr)
    print(f"checks of parameters, stage deps, tracked text and docs: {len(found) or 'no'} problems")
    return min(len(found), 1)


if __name__ == "__main__":
    raise SystemExit(main())
