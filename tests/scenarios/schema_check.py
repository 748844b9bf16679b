#!/usr/bin/python3
"""Holds `tantrum schema` against a JSON Schema validator that is not ours.

Every bundled scenario, and the example of every reference page, has to be valid. So that a schema which accepts anything
cannot pass, each of them is then spoilt in ways the format forbids, and has to be invalid.

    schema_check.py TANTRUM SCENARIOS_FOLDER
"""
import copy
import json
import pathlib
import re
import subprocess
import sys

import jsonschema
import yaml


class Loader(yaml.SafeLoader):
    """YAML 1.2's core words only: `on`, `yes` and `1:30` are text."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag in ("tag:yaml.org,2002:null", "tag:yaml.org,2002:merge")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"(?:true|false)$"), list("tf"))
Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"[-+]?[0-9]+$"), list("-+0123456789"))
Loader.add_implicit_resolver("tag:yaml.org,2002:float", re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$"), list("-+.0123456789"))


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def documents(tantrum, folder):
    for file in sorted(pathlib.Path(folder).rglob("*.yaml")):
        yield str(file.relative_to(folder)), file.read_text(encoding="utf-8")
    for key in re.findall(r"^\| `(\w+)` ", output(tantrum, "docs"), re.MULTILINE):
        example = re.search(r"^```yaml\n(.*?)^```", output(tantrum, "docs", key), re.MULTILINE | re.DOTALL)
        yield f"example of {key}", example.group(1) if example else ""


def spoilt(document):
    """What is done to it, and the result."""
    def changed(change):
        other = copy.deepcopy(document)
        change(other)
        return other

    node = next(iter(document["nodes"]))
    yield "an unknown key", changed(lambda d: d.update(nodez={}))
    yield "no nodes", changed(lambda d: d.pop("nodes"))
    yield "no duration", changed(lambda d: d.pop("duration"))
    yield "a duration without a unit", changed(lambda d: d.update(duration="12 parsecs"))
    yield "an unknown type", changed(lambda d: d["nodes"][node].update(type="no_such_type"))
    yield "an unknown parameter", changed(lambda d: d["nodes"][node].update(no_such_parameter=1))


def main(tantrum, folder):
    schema = json.loads(output(tantrum, "schema"))
    kind = jsonschema.validators.validator_for(schema)
    try:
        kind.check_schema(schema)
    except jsonschema.SchemaError as error:
        print(f"the schema itself is wrong at {'/'.join(map(str, error.absolute_path))}")
        return 1
    validator = kind(schema)
    wrong = count = 0
    for name, text in documents(tantrum, folder):
        document = yaml.load(text, Loader)
        count += 1
        if not isinstance(document, dict) or not document.get("nodes"):
            print(f"{name}: no scenario")
            wrong += 1
            continue
        for error in list(validator.iter_errors(document))[:5]:
            print(f"{name}: {'/'.join(map(str, error.absolute_path))}: {error.message[:300]}")
            wrong += 1
        for what, other in spoilt(document):
            if validator.is_valid(other):
                print(f"{name}: {what} was accepted")
                wrong += 1
    print(f"{count} documents, {wrong} mistakes, {kind.__name__}")
    return 0 if count > 20 and wrong == 0 else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
