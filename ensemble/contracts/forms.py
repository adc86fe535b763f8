"""Where a value may be said in two ways: by null that a field is absent, by 1.0 that a whole number is 1.

Serializers of Java, .NET and Python write both. No schema of the profile allows them, no validator takes them: what
is compiled here tells `functions/kit/contracts.py` what is meant, for what is read and for what is published.
"""

from __future__ import annotations

from ensemble.contracts.profile import Json
from functions.kit.contracts import WHOLE, Shape


def shape_of(schema: Json) -> Shape:
    """Return where in a value that the schema describes there are two ways; None when there are none."""
    match schema["type"]:
        case "integer":
            return WHOLE
        case "array":
            inner = shape_of(schema["items"])
            return None if inner is None else [inner]
        case "object" if "additionalProperties" in schema:
            return {"*": shape_of(schema["additionalProperties"])}
        case "object":
            return _fields(schema) or None
    return None


def _fields(schema: Json) -> dict[str, Shape]:
    required = schema.get("required", [])
    shapes = {name: shape_of(field) for name, field in schema["properties"].items()}
    return {
        name if name in required else f"{name}?": shape
        for name, shape in shapes.items()
        if shape is not None or name not in required
    }
