"""BFCL v3 with its official checker, in the sandbox: right calls, wrong ones, conversations, hostile calls."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest
from places import FIXTURES, MIRROR
from task_checks import task_of, with_mirror
from task_modules import task_module
from tool_texts import xml_call

from qwen3_eval import data
from qwen3_eval.grading.tools import parse_tool_calls
from qwen3_eval.sandbox import available
from qwen3_eval.task.base import Task
from qwen3_eval.types import Doc, Prompt, Reply

checker = task_module("agent/bfcl_v3", "checker")
pytestmark = [
    pytest.mark.sandbox,
    pytest.mark.skipif(available() is not None, reason=f"no sandbox: {available()}"),
    pytest.mark.skipif(bool(checker.lacking()), reason=checker.lacking() or "-"),
]
JAVA = {"ledger": "12L", "pages": "new ArrayList<Integer>(Arrays.asList(4, 8, 15))", "drafts": "false"}
SCRIPT = {"points": "[1.5, 2]", "options": "{grid: true, title: 'Rain'}"}
BED = {"length": 3, "width": 2.0}
# No call is right for these: their possible answers do not fit the function's document, or the Java or list syntax
# that the checker reads. One has an answer for more turns than it has questions.
UNANSWERABLE = {
    "java_36",
    "java_65",
    "live_simple_106-63-0",
    "live_simple_112-68-0",
    "live_multiple_507-149-4",
    "live_multiple_862-181-3",
    "live_multiple_964-207-0",
    "multi_turn_base_154",
}


@pytest.fixture(scope="module")
def task() -> Task:
    return task_of("bfcl_v3")


@pytest.fixture(scope="module")
def docs(task: Task) -> dict[str, Doc]:
    return {doc.id: doc for doc in data.docs(task, FIXTURES)}


@pytest.fixture
def another_checker(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A process of its own for a test, in which a job has little time."""
    running: dict[Any, Any] = {}
    monkeypatch.setattr(checker, "_running", running)
    monkeypatch.setattr(checker, "CPU_SECONDS", 0.5)
    yield
    for service in running.values():
        service.close()


def call(name: str, arguments: Mapping[str, Any]) -> str:
    return f"<tool_call>\n{json.dumps({'name': name, 'arguments': arguments})}\n</tool_call>"


# one turn


RIGHT = {
    "simple_0": [call("garden_bed_area", BED)],
    "simple_1": [call("watering_plan", {"day": "monday", "litres": 20, "times": {"first": 6, "second": 19}})],
    "java_0": [call("Archive_readPages", JAVA)],
    "javascript_0": [call("drawChart", SCRIPT)],
    "multiple_0": [call("garden_seeds_needed", {"area": 6.0, "plants": ["Pea", "bean"]})],
    "parallel_0": [call("garden_bed_area", {"length": 5, "width": 1}), call("garden_bed_area", BED)],
    "parallel_multiple_0": [call("watering_plan", {"day": "Friday", "litres": 30}), call("garden_bed_area", BED)],
    "live_multiple_0-0-0": [call("watering_plan", {"day": "Dienstag", "litres": 15})],
}


@pytest.mark.parametrize("name", RIGHT)
def test_right_calls(task: Task, docs: dict[str, Doc], name: str) -> None:
    found = task.score_replies(docs[name], ["\n".join(RIGHT[name])])
    assert (found.value, found.outcome, found.detail) == (1, "ok", "")


@pytest.mark.parametrize("name", RIGHT)
def test_right_calls_as_xml(task: Task, docs: dict[str, Doc], name: str) -> None:
    """Values are bare text there; the functions shown give them their types."""
    made = [made for text in RIGHT[name] for made in parse_tool_calls(text)]
    found = task.score_replies(docs[name], ["\n".join(xml_call(each.name, each.arguments) for each in made)])
    assert (found.value, found.outcome, found.detail) == (1, "ok", "")


def test_names_may_have_their_dots(task: Task, docs: dict[str, Doc]) -> None:
    assert task.score_replies(docs["simple_0"], [call("garden.bed_area", BED)]).value == 1
    assert task.score_replies(docs["simple_0"], [call("garden.bed.area", BED)]).value == 0


WRONG = [
    ("simple_0", "", "simple_function_checker:wrong_count"),
    ("simple_0", "It has 6 m2.", "simple_function_checker:wrong_count"),
    ("simple_0", call("garden_bed_area", BED) * 2, "simple_function_checker:wrong_count"),
    ("simple_0", call("bed_area", BED), "simple_function_checker:wrong_func_name"),
    ("simple_0", call("garden_bed_area", {"length": 3}), "simple_function_checker:missing_required"),
    ("simple_0", call("garden_bed_area", {**BED, "depth": 1}), "simple_function_checker:unexpected_param"),
    ("simple_0", call("garden_bed_area", {**BED, "width": "2"}), "type_error:simple"),
    ("simple_0", call("garden_bed_area", {**BED, "width": True}), "type_error:simple"),
    ("simple_0", call("garden_bed_area", {**BED, "width": 2.5}), "value_error:others"),
    ("simple_0", call("garden_bed_area", {**BED, "unit": "acre"}), "value_error:string"),
    ("simple_0", '<tool_call>\n{"name": "garden_bed_area"}\n</tool_call>', "ast_decoder:decoder_failed"),
    ("simple_0", '<tool_call>\n{"name": "garden_bed_area", }\n</tool_call>', "simple_function_checker:wrong_count"),
    ("simple_1", call("watering_plan", {"day": "Monday", "litres": 20}), "simple_function_checker:missing_optional"),
    ("simple_1", call("watering_plan", {"day": "Monday", "litres": 20, "times": {"first": 6}}), "value_error:dict_key"),
    ("multiple_0", call("garden_seeds_needed", {"area": 6.0, "plants": ["pea"]}), "value_error:list/tuple"),
    ("multiple_0", call("garden_seeds_needed", {"area": 6.0, "plants": [1, 2]}), "type_error:nested"),
    ("parallel_0", call("garden_bed_area", BED), "parallel_function_checker_no_order:wrong_count"),
    ("parallel_0", call("garden_bed_area", BED) * 2, "parallel_function_checker_no_order:cannot_find_match"),
    ("java_0", call("Archive_readPages", {**JAVA, "ledger": 12}), "type_error:java"),
    ("java_0", call("Archive_readPages", {**JAVA, "ledger": "12"}), "type_error:simple"),
    ("java_0", call("Archive_readPages", {**JAVA, "pages": "[4, 8, 15]"}), "type_error:simple"),
    ("javascript_0", call("drawChart", {**SCRIPT, "seed": "7"}), "type_error:simple"),
    ("javascript_0", call("drawChart", {**SCRIPT, "points": [1.5, 2]}), "type_error:js"),
]


@pytest.mark.parametrize(("name", "answer", "error"), WRONG)
def test_wrong_calls_get_the_official_category(
    task: Task, docs: dict[str, Doc], name: str, answer: str, error: str
) -> None:
    found = task.score_replies(docs[name], [answer])
    assert (found.value, found.outcome, found.detail.split(": ")[0]) == (0, "ok", error)


# conversations


Steps = Sequence[Sequence[tuple[str, Mapping[str, Any]]]]
TURNS: list[Steps] = [
    [[("ls", {}), ("mkdir", {"dir_name": "spring"})]],
    [[("mv", {"source": "plan.txt", "destination": "spring"})]],
    [[("cd", {"folder": "spring"})], [("wc", {"file_name": "plan.txt", "mode": "w"}), ("add", {"a": 4, "b": 10})]],
]


def replies(turns: Sequence[Steps]) -> list[str]:
    """Each step as one reply, and a last word after each turn."""
    return [text for turn in turns for text in [*("\n".join(call(*each) for each in step) for step in turn), "Done."]]


def played(task: Task, doc: Doc, answers: Sequence[str]) -> Prompt:
    """The prompt after these replies."""
    prompt = task.follow(doc, [Reply("", answer) for answer in answers])
    assert prompt is not None
    return prompt


def with_turns(**changed: Steps) -> list[str]:
    return replies([changed.get(f"turn_{number}", turn) for number, turn in enumerate(TURNS)])


def test_calls_are_executed_and_their_results_given_back(task: Task, docs: dict[str, Doc]) -> None:
    answers = replies(TURNS)
    prompt = played(task, docs["multi_turn_base_0"], answers[:4])
    assert [
        message.role for message in prompt.messages
    ] == "user assistant tool tool assistant user assistant tool assistant user".split()
    assert [message.content for message in prompt.messages if message.role == "tool"] == [
        '{"current_directory_content": ["plan.txt", "old"]}',
        "None",
        "{\"result\": \"'plan.txt' moved to 'spring/plan.txt'\"}",
    ]
    assert prompt.messages[1].tool_calls[1] == {"name": "mkdir", "arguments": {"dir_name": "spring"}}
    assert task.follow(docs["multi_turn_base_0"], [Reply("", answer) for answer in answers]) is None
    assert played(task, docs["multi_turn_base_0"], answers[:4]) == prompt


def test_a_right_conversation(task: Task, docs: dict[str, Doc]) -> None:
    found = task.score_replies(docs["multi_turn_base_0"], replies(TURNS))
    assert (found.value, found.outcome, found.detail) == (1, "ok", "")
    with_a_pause: list[Steps] = [TURNS[0], [], *TURNS[1:]]
    for name in ("multi_turn_miss_func_0", "multi_turn_miss_param_0"):
        assert task.score_replies(docs[name], replies(with_a_pause)).value == 1


def test_more_calls_than_needed_do_no_harm(task: Task, docs: dict[str, Doc]) -> None:
    answers = with_turns(turn_1=[[("ls", {})], [("no_such", {})], *TURNS[1], [("ls", {"a": True})]])
    assert task.score_replies(docs["multi_turn_base_0"], answers).value == 1


def test_recorded_turns_may_have_any_number_of_steps(task: Task, docs: dict[str, Doc]) -> None:
    """The limit ends a conversation while it is made; whatever has all of its turns is judged."""
    answers = with_turns(turn_1=[*[[("ls", {})]] * 30, *TURNS[1]])
    assert task.score_replies(docs["multi_turn_base_0"], answers).value == 1


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        (with_turns(turn_0=[[("ls", {}), ("mkdir", {"dir_name": "autumn"})]]), "multi_turn:instance_state_mismatch"),
        (with_turns(turn_0=[[("mkdir", {"dir_name": "spring"})]]), "multi_turn:execution_response_mismatch"),
        (with_turns(turn_1=[]), "multi_turn:empty_turn_model_response"),
        (replies(TURNS[:2]), "multi_turn:force_terminated"),
    ],
)
def test_wrong_conversations_get_the_official_category(
    task: Task, docs: dict[str, Doc], answers: list[str], error: str
) -> None:
    found = task.score_replies(docs["multi_turn_base_0"], answers)
    assert (found.value, found.outcome, found.detail.split(": ")[0]) == (0, "ok", error)


def test_a_verdict_does_not_depend_on_the_one_before(task: Task, docs: dict[str, Doc]) -> None:
    """The package keeps what calls did under global names; here each job begins anew, in one process for all."""
    doc, wrong = docs["multi_turn_base_0"], with_turns(turn_0=[[("rm", {"file_name": "plan.txt"})]])
    found = [task.score_replies(doc, answers).value for answers in (wrong, replies(TURNS), wrong, replies(TURNS))]
    assert found == [0, 1, 0, 1]
    assert len(checker._running) == 1


# hostile calls


def results(task: Task, doc: Doc, *calls: tuple[str, Mapping[str, Any]]) -> list[str]:
    prompt = played(task, doc, ["\n".join(call(*each) for each in calls)])
    return [message.content.removeprefix("Error during execution: ") for message in prompt.messages[2:]]


def test_only_methods_with_plain_arguments_are_called(task: Task, docs: dict[str, Doc]) -> None:
    doc = docs["multi_turn_base_0"]
    assert results(task, doc, ("print", {}), ("exit", {}), ("json.loads", {"s": "1"}), ("_load_scenario", {})) == [
        "name 'print' is not defined",
        "Function call exit is not allowed.",
        "name 'json' is not defined",
        "name '_load_scenario' is not defined",
    ]
    assert results(task, doc, ("a b", {}), ("cd", {"in": 1}), ("cd", {"folder": float("nan")})) == [
        "invalid syntax (<string>, line 1)",
        "invalid syntax (<string>, line 1)",
        "name 'nan' is not defined",
    ]
    inject = {"folder=__import__('os').getcwd(), x": 1}
    assert results(task, doc, ("cd", inject), ("cd", {"**{}, folder": "old"}), ("ls(), cd", {"folder": "old"})) == [
        "name '__import__' is not defined",
        "invalid syntax",
        "invalid syntax",
    ]
    assert results(task, doc, ("cd", {"folder": "old'); __import__('os"}))[0].startswith('{"error": "cd: ')


def test_a_call_that_never_ends(task: Task, docs: dict[str, Doc], another_checker: None) -> None:
    doc = docs["multi_turn_base_0"]
    endless = [call("power", {"base": 10, "exponent": 10**9})]
    assert task.follow(doc, [Reply("", answer) for answer in endless]) is None
    found = task.score_replies(doc, [*endless, *replies(TURNS)])
    assert (found.value, found.outcome) == (0, "timeout")
    assert task.score_replies(doc, replies(TURNS)).value == 1


def test_a_checker_that_died_is_started_again(task: Task, docs: dict[str, Doc], another_checker: None) -> None:
    doc, right = docs["simple_0"], RIGHT["simple_0"]
    assert task.score_replies(doc, right).value == 1
    [service] = checker._running.values()
    service.close()
    found = task.score_replies(doc, right)
    assert (found.value, found.outcome) == (0, "error")
    assert "the checker died" in found.detail
    assert task.score_replies(doc, right).value == 1


HOSTILE = {
    "nul": call("garden_bed_area", {"length": "\x00", "width": "\ud800"}),
    "large": call("garden_bed_area", {"length": "a" * 10_000_000, "width": 2}),
    "many": call("garden_bed_area", BED) * 20_000,
    "deep": call("garden_bed_area", {"length": 1, "width": 0}).replace("0}", "[" * 900 + "]" * 900 + "}"),
    "number": call("garden_bed_area", {"length": 1, "width": 0}).replace("0}", "9" * 4000 + "}"),
    "opened": "<tool_call>\n" * 500_000,
}


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize("name", ["simple_0", "parallel_0", "multi_turn_base_0"])
def test_any_call_gets_a_verdict(task: Task, docs: dict[str, Doc], name: str, kind: str) -> None:
    found = task.score_replies(docs[name], [HOSTILE[kind]])
    assert found.value == 0
    assert found.detail
    assert len(found.detail) < 3000
    assert len(found.extracted or "") < 3000


# real rows


def chosen(options: Sequence[Any]) -> Any:
    """The first possible answer that is not "left out"; None where there is no other."""
    return next((option for option in options if option != ""), None)


def plain(value: Any) -> Any:
    """A possible answer as an argument: the entries of a dictionary have possible answers themselves."""
    if isinstance(value, list):
        return [plain(item) if isinstance(item, dict) else item for item in value]
    if isinstance(value, dict):
        return {key: chosen(options) for key, options in value.items() if chosen(options) is not None}
    return value


def expression(value: Any, kind: str, category: str) -> str:
    """A value in the syntax of Java or JavaScript, as the checker reads it."""
    if isinstance(value, list) and category == "javascript":
        return json.dumps(value)
    if isinstance(value, list):
        items = ", ".join(map(str, value))
        return f"new int[]{{{items}}}" if kind == "Array" else f"new ArrayList<T>(Arrays.asList({items}))"
    if isinstance(value, dict):
        pairs = (f'put("{key}", {json.dumps(item)});' for key, item in value.items())
        return f"new HashMap<K, V>() {{{{ {' '.join(pairs)} }}}}" if category == "java" else json.dumps(value)
    text = str(value).lower() if isinstance(value, bool) else str(value)
    suffix = {"long": "L", "float": "f" if category == "java" else "", "Bigint": "n"}.get(kind, "")
    return text if text == value else text + suffix


def right_calls(doc: Doc) -> list[Any]:
    """Calls that the possible answers allow; of a conversation, those of the ground truth in one step a turn."""
    if doc.target is None:
        return [] if "irrelevance" in doc.subset else [{"name": "any", "arguments": {}}]
    documents = {each["name"]: each["parameters"]["properties"] for each in doc.meta["documents"]}
    if doc.subset.startswith("multi_turn"):
        documents |= {
            each["name"]: each["parameters"]["properties"] for part in doc.meta["later"].values() for each in part
        }
        return [[[written(text, documents) for text in turn]] for turn in doc.target]
    category, made = doc.meta["category"], []
    for answer in doc.target:
        [(name, options)] = answer.items()
        name = name if name in documents else next(iter(documents))
        arguments = {key: plain(chosen(each)) for key, each in options.items() if chosen(each) is not None}
        if category in ("java", "javascript"):
            kinds = {key: documents[name].get(key, {}).get("type", "") for key in arguments}
            arguments = {key: expression(value, kinds[key], category) for key, value in arguments.items()}
        made.append({"name": name, "arguments": arguments})
    return made


def written(text: str, documents: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """A call of the ground truth; values without a name take those of the document in their order."""
    node = ast.parse(text, mode="eval").body
    assert isinstance(node, ast.Call)
    name = ast.unparse(node.func)
    arguments = dict(zip(documents[name], map(ast.literal_eval, node.args), strict=False))
    return {"name": name, "arguments": arguments | {each.arg: ast.literal_eval(each.value) for each in node.keywords}}


@with_mirror
def test_ground_truth_is_right_and_without_a_call_it_is_not(task: Task) -> None:
    """Every 20th question of each category."""
    found = [doc for doc in data.docs(task, MIRROR) if doc.id not in UNANSWERABLE]
    categories: dict[str, list[Doc]] = {}
    for doc in found:
        categories.setdefault(doc.subset, []).append(doc)
    wrong = []
    for part in categories.values():
        for doc in part[::20]:
            calls = right_calls(doc)
            if task.score_replies(doc, task.calls_text(doc, calls)).value != 1:
                wrong.append(doc.id)
            if doc.target is not None and task.score_replies(doc, task.calls_text(doc, calls[:-1])).value != 0:
                wrong.append(f"{doc.id} with a call less")
    assert wrong == []
