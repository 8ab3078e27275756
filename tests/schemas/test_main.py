"""The models as JSON Schema."""

from __future__ import annotations

import json
from typing import Any

import pytest

from nxcast.schemas.__main__ import main
from nxcast.schemas.document import schema
from nxcast.schemas.frames import FRAME_FIELDS
from tests.conftest import ROOT
from tests.schemas.examples import EXAMPLES, OPTIONAL


def test_the_document_in_docs_is_what_the_command_prints(capsys: pytest.CaptureFixture[str]) -> None:
    assert main() == 0
    assert (ROOT / "docs" / "schema.json").read_text() == capsys.readouterr().out


def test_the_document_holds_every_model() -> None:
    assert set(schema()["$defs"]) == {"Frame", "QuestionFrame", *[model.__name__ for model in EXAMPLES]}


def test_every_reference_leads_somewhere() -> None:
    document = schema()
    text = json.dumps(document)
    for name in document["$defs"]:
        text = text.replace(f'"$ref": "#/$defs/{name}"', "")
    assert "$ref" not in text


@pytest.mark.parametrize("model", EXAMPLES)
def test_a_model_has_the_keys_of_its_example_and_forbids_no_others(model: Any) -> None:
    definition = schema()["$defs"][model.__name__]
    assert list(definition["properties"]) == list(EXAMPLES[model])
    assert set(definition["properties"]) - set(definition["required"]) == OPTIONAL.get(model, set())
    assert all("description" in field or "$ref" in field for field in definition["properties"].values())
    assert "additionalProperties" not in definition


def test_the_frame_is_an_array_of_named_fields() -> None:
    definition = schema()["$defs"]["Frame"]
    assert [field["title"] for field in definition["prefixItems"]] == list(FRAME_FIELDS)
    assert definition["minItems"] == definition["maxItems"] == len(FRAME_FIELDS)
