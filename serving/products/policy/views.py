"""Views of the pages under /products/policy."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from starlette.responses import RedirectResponse, Response

from serving.products.fields import FieldsError, read, wrong
from serving.products.policy import comparison, words
from serving.products.policy.applied import CUSTOMERS, ON, THERE, applied
from serving.products.policy.comparison import Column
from serving.products.policy.fields import form_of
from serving.products.policy.other_arms import other_arms
from serving.products.policy.problems import WHOLE, Problem, ProblemsError
from serving.products.policy.scenario import Scenario, changes
from serving.products.policy.scenarios import MOST_TRIED, ScenarioName
from serving.products.web import failures
from serving.products.web.addresses import HOME, address
from serving.products.web.language import mark
from serving.products.web.page_context import PageContext
from serving.products.web.page_route import download
from training.decisions.policy import Segment
from training.decisions.replay.value import LEVEL

POLICY: Final = f"{HOME}/policy"
SCENARIO: Final = "scenario"
BASE: Final = "base"
AS_YAML: Final = "yaml"
GONE: Final = mark("This scenario was forgotten, as many others were tried since. Save what you want to keep.")
FORGOTTEN: Final = (
    f"scenarios that are saved, or among the last {MOST_TRIED} that were tried; take this one out of the address, and"
    " save what is to be compared later"
)
_EMPTY: Final[Mapping[str, Sequence[str]]] = {}


def page(view: PageContext) -> Response:
    """The form of a scenario, and its replay."""
    given = dict(view.params)
    saved = given.pop("saved", "")
    digest = given.pop(SCENARIO, "")
    if given:
        raise wrong(next(iter(given)), "only known fields", "an unknown field")
    scenario = _named(view, digest)
    if scenario is None:
        return _page(view, view.desk.start, status=404, problems=(Problem(WHOLE, GONE),))
    return _page(view, scenario, said=mark("Saved.") if saved else "")


def tried(view: PageContext) -> Response:
    """Try what the form makes of a scenario: keep it, and lead to its page."""
    sent = [(name, text) for name, text in view.form if name not in {BASE, AS_YAML}]
    given = dict(view.form)
    base = _named(view, given.get(BASE, ""))
    if base is None:
        return _page(view, view.desk.start, status=404, problems=(Problem(WHOLE, GONE),))
    try:
        if AS_YAML in given:
            scenario = Scenario.from_yaml(given[AS_YAML], base.costs)
        else:
            scenario = applied(base, form_of(base, view.desk.running), sent, view.desk.currency)
        view.desk.check_features(scenario)
    except ProblemsError as error:
        typed = {name: [text for other, text in view.form if other == name] for name, _ in view.form}
        return _page(view, base, status=422, problems=error.problems, typed=typed)
    view.desk.scenarios.keep(scenario)
    view.desk.again(scenario)
    return RedirectResponse(address(POLICY, {SCENARIO: scenario.digest}), 303)


def save(view: PageContext) -> Response:
    """Save a scenario under a name."""
    given = dict(view.form)
    try:
        chosen = read(ScenarioName, list(view.form))
    except FieldsError:
        scenario = _named(view, given.get(SCENARIO, ""))
        message = mark("expected a name of 1 to 80 characters, without control characters")
        problem = Problem("name", message)
        return _page(view, scenario or view.desk.start, status=422, problems=(problem,), typed=_typed_name(given))
    _named(view, chosen.scenario)  # keeps the running policy
    if not view.desk.scenarios.save(chosen, view.who):
        return _page(view, view.desk.start, status=404, problems=(Problem(WHOLE, GONE),))
    return RedirectResponse(address(POLICY, {SCENARIO: chosen.scenario, "saved": "yes"}), 303)


def compare(view: PageContext) -> Response:
    """Scenarios side by side."""
    always, columns = _always(view), _columns(view)
    return view.page(
        "policy_compare.html.j2",
        stored=False,
        columns=columns,
        actions=comparison.action_names(columns),
        places=comparison.places(columns),
        waiting=any(column.found is None and not column.trouble for column in columns),
        query=_query(columns),
        running=view.desk.running,
        **always,
    )


def compare_csv(view: PageContext) -> Response:
    """The comparison as CSV."""
    return download(view, "policies", comparison.csv(_columns(view), view.desk.currency))


def as_yaml(view: PageContext) -> Response:
    """A scenario as the file that the service reads."""
    scenario = _named(view, dict(view.params).get(SCENARIO, ""))
    if scenario is None:
        return failures.not_found(view)
    saved = view.desk.scenarios.of([scenario.digest]).get(scenario.digest)
    heading = f"Scenario {scenario.digest} of the page /products/policy"
    if saved is not None:
        heading += f": {saved.names}, saved by {saved.who} on {saved.at:%Y-%m-%d}"
    headers = {
        "Content-Disposition": f'attachment; filename="{scenario.policy.name}.yaml"',
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    content = scenario.as_yaml(heading, view.desk.costs)
    return Response(content, headers=headers, media_type="application/yaml")


def _page(
    view: PageContext,
    scenario: Scenario,
    *,
    status: int = 200,
    said: str = "",
    problems: Sequence[Problem] = (),
    typed: Mapping[str, Sequence[str]] = _EMPTY,
) -> Response:
    desk, running, always = view.desk, view.desk.running, _always(view)
    by_field: dict[str, list[Problem]] = {}
    for each in problems:
        by_field.setdefault(each.field, []).append(each)
    return view.page(
        "policy.html.j2",
        status,
        stored=False,
        scenario=scenario,
        form=form_of(scenario, running),
        running=running,
        is_running=running is not None and running.digest == scenario.digest,
        changes=changes(running, scenario),
        other_arms=other_arms(scenario.policy),
        challengers=desk.challengers_of(scenario),
        shown=desk.show(scenario),
        measured=desk.measured(view.experiments),
        saved=desk.scenarios.saved(),
        own_saved=desk.scenarios.of([scenario.digest]).get(scenario.digest),
        said=said,
        problems=problems,
        by_field=by_field,
        typed=typed,
        segments=list(Segment),
        marks={"on": ON, "customers": CUSTOMERS, "there": THERE},
        **always,
    )


def _always(view: PageContext) -> dict[str, Any]:
    return {"about": view.desk.baskets, "currency": view.desk.currency, "words": words, "level": LEVEL}


def _typed_name(given: Mapping[str, str]) -> dict[str, list[str]]:
    return {"name": [given.get("name", "")]}


def _named(view: PageContext, digest: str) -> Scenario | None:
    """The scenario with this digest, the one that readers begin with without one; None where it was forgotten.

    The one to begin with is kept, as the links on its page have its digest and outlive the policy's file.
    """
    start = view.desk.start
    if digest not in {"", start.digest}:
        return view.desk.scenarios.find(digest)
    view.desk.scenarios.keep(start)
    return start


def _columns(view: PageContext) -> list[Column]:
    digests = list(dict.fromkeys(text for name, text in view.params if name == SCENARIO and text))
    unknown = [name for name, _ in view.params if name != SCENARIO]
    if unknown:
        raise wrong(unknown[0], "only known fields", "an unknown field")
    if not 1 <= len(digests) <= comparison.MOST:
        raise wrong(SCENARIO, f"1 to {comparison.MOST} scenarios", str(len(digests)))
    saved, running = view.desk.scenarios.of(digests), view.desk.running
    columns = []
    for digest in digests:
        scenario = _named(view, digest)
        if scenario is None:
            raise wrong(SCENARIO, FORGOTTEN, digest)
        shown = view.desk.show(scenario)
        columns.append(
            Column(scenario, saved.get(digest), shown.found, shown.trouble, tuple(changes(running, scenario)))
        )
    return columns


def _query(columns: Sequence[Column]) -> str:
    return "&".join(f"{SCENARIO}={column.scenario.digest}" for column in columns)
