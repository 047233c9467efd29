"""BFCL's function documents as the tools of a chat template: JSON schemas in OpenAI's form.

Source: ``bfcl_eval/model_handler/utils.py`` (``func_doc_language_specific_pre_processing``, ``convert_to_tool``) and
``bfcl_eval/constants/type_mappings.py`` of the reference that ``grade`` names, as its handlers of
the OpenAI style use them; Qwen's own (``model_handler/api_inference/qwen.py``) are of that style.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Document = Mapping[str, Any]

JSON_TYPES = {
    "string": "string any char Any String",
    "integer": "integer byte short long Bigint",
    "number": "number float double",
    "boolean": "boolean bool",
    "array": "array list tuple ArrayList Array Queue Stack",
    "object": "dict object HashMap Hashtable",
}
JSON_TYPE = {name: kind for kind, names in JSON_TYPES.items() for name in names.split()}
SYNTAX = {"java": "Java 8 SDK", "javascript": "JavaScript"}
# How the two languages are called in the notes, and their types whose elements are described in words.
LANGUAGE = {"java": ("Java", ("ArrayList", "Array")), "javascript": ("JavaScript", ("array",))}


def shown_name(name: str) -> str:
    """A function's name as models see it: OpenAI's form allows no dots."""
    return name.replace(".", "_")


def as_tools(documents: Iterable[Document], category: str) -> tuple[dict[str, Any], ...]:
    """The functions of a question as tools. Raises KeyError for a document without one of its parts."""
    return tuple({"type": "function", "function": _function(document, category)} for document in documents)


def _function(document: Document, category: str) -> dict[str, Any]:
    syntax = SYNTAX.get(category, "Python 3")
    parameters = document["parameters"]
    properties = parameters["properties"]
    if category in LANGUAGE:
        properties = {name: _in_words(value, category) for name, value in properties.items()}
    return {
        **document,
        "name": shown_name(document["name"]),
        "description": f"{document['description']} Note that the provided function is in {syntax} syntax.",
        "parameters": {**parameters, "type": "object", "properties": _schemas(properties)},
    }


def _in_words(value: Document, category: str) -> dict[str, Any]:
    """A parameter in Java or JavaScript: a string that holds an expression, whose type the description tells."""
    language, lists = LANGUAGE[category]
    kind, found = value["type"], dict(value)
    if kind == "any":
        note = f" This parameter can be of any type of {language} object in string representation."
    else:
        note = f" This is {language} {kind} type parameter in string representation."
    if kind in lists:
        inner = found.pop("items")["type"]
        note += f" The list elements are of type {inner}; they are not in string representation."
    if language == "JavaScript" and kind == "dict" and "properties" in found:
        entries = json.dumps(found.pop("properties"))
        note += " The dictionary entries have the following schema; they are not in string representation. " + entries
    return {**found, "description": found["description"] + note, "type": "string"}


def _schemas(properties: Mapping[str, Document]) -> dict[str, Any]:
    return {name: _schema(value) for name, value in properties.items()}


def _schema(value: Document) -> dict[str, Any]:
    """One parameter with the types of JSON schema; its elements and entries as far as the reference goes."""
    found = dict(value)
    if found.get("type") == "float":
        found |= {"format": "float", "description": found["description"] + " This is a float type value."}
    found["type"] = JSON_TYPE.get(found.get("type", "string"), "string")
    if found["type"] in ("array", "object"):
        if "properties" in found:
            found["properties"] = _schemas(found["properties"])
        elif "items" in found:
            found["items"] = _elements(found["items"])
    return found


def _elements(items: Document) -> dict[str, Any]:
    found = {**items, "type": JSON_TYPE[items["type"]]}
    if found["type"] == "array" and "items" in found:
        found["items"] = {**found["items"], "type": JSON_TYPE[found["items"]["type"]]}
    elif found["type"] == "object" and "properties" in found:
        found["properties"] = _schemas(found["properties"])
    return found


def schemas_shown(documents: Iterable[Document], category: str) -> dict[str, Document]:
    """The arguments of each function as models see them, by the name that is shown and by the document's own."""
    found: dict[str, Document] = {}
    for document in documents:
        found[document["name"]] = found[shown_name(document["name"])] = _function(document, category)["parameters"]
    return found


def names_shown(documents: Sequence[Document]) -> dict[str, str]:
    """Names that models see, by the documents' own: some handlers show those with their dots."""
    return {document["name"]: shown_name(document["name"]) for document in documents}
