"""Resolves a template's intrinsic functions and conditions to plain values, and to `Opaque` what it cannot resolve."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ensemble.aws.account import Account
from ensemble.aws.assembly import StackTemplate
from ensemble.aws.opaque import Opaque, is_known
from ensemble.aws.types.table import type_of

LANGUAGE_EXTENSIONS = "AWS::LanguageExtensions"
"""The transform without which CloudFormation does not know Fn::ToJsonString (its template reference)."""

PARAMETER_STORE = "AWS::SSM::Parameter::"
"""What the type of a parameter begins with whose default is the name of a value, and not the value."""

ZONES = "abc"

_NO_VALUE = object()
_PLACEHOLDER = re.compile(r"\$\{(!?)([^}]+)\}")

Function = Callable[["Resolver", Any], Any]
Exports = Mapping[str, Callable[[], Any]]


class _Unresolvable(Exception):
    """Raised where an intrinsic has no value that is known here."""


class Resolver:
    """Resolves the values of one stack's template in an account.

    `exports`: what stacks of the same assembly export, by name. What has no known value becomes `Opaque`; whether
    it is wrong is for CloudFormation to say.
    """

    def __init__(
        self, stack_name: str, template: dict[str, Any], account: Account, exports: Exports | None = None
    ) -> None:
        self._stack_name = stack_name
        self._resources = template.get("Resources", {})
        self._conditions = template.get("Conditions", {})
        self._mappings = template.get("Mappings", {})
        self._outputs = template.get("Outputs", {})
        self._transforms = template.get("Transform", [])
        self._account = account
        self._exports = exports if exports is not None else {}
        self._parameters = self._pseudo_parameters() | {
            name: parameter["Default"]
            for name, parameter in template.get("Parameters", {}).items()
            if "Default" in parameter and not str(parameter.get("Type")).startswith(PARAMETER_STORE)
        }

    def resolve(self, value: Any) -> Any:
        """Return the value with every intrinsic in it replaced; what is `AWS::NoValue` is left out."""
        if isinstance(value, list):
            resolved = [self.resolve(element) for element in value]
            return [element for element in resolved if element is not _NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((name, argument),) = value.items()
            if name in ("Ref", "Condition") or name.startswith("Fn::"):
                return self._intrinsic(name, argument)
        return self.resolve_members(value)

    def resolve_members(self, value: dict[str, Any]) -> dict[str, Any]:
        """Return an object with its members resolved; one member alone is no intrinsic here, whatever its name."""
        members = {name: self.resolve(member) for name, member in value.items()}
        return {name: member for name, member in members.items() if member is not _NO_VALUE}

    def holds(self, condition: str) -> bool | Opaque:
        """Return whether a condition of the template is true, as far as that is known here."""
        if condition not in self._conditions:
            return Opaque(f"<Condition {condition} of {self._stack_name}>")
        value = self.resolve(self._conditions[condition])
        return value if isinstance(value, Opaque) else bool(value)

    def is_left_out(self, definition: Mapping[str, Any]) -> bool:
        """Return whether the condition of a resource or an output is known to be false."""
        return "Condition" in definition and self.holds(definition["Condition"]) is False

    def exported(self) -> dict[str, Callable[[], Any]]:
        """Return how to get each value that the stack exports, by the export's name."""
        exports = {
            str(self.resolve(output["Export"]["Name"])): output["Value"]
            for output in self._outputs.values()
            if "Export" in output and not self.is_left_out(output)
        }
        return {name: lambda value=value: self.resolve(value) for name, value in exports.items()}  # type: ignore[misc]

    def name_of(self, logical_id: str) -> str:
        """Return a resource's physical name: the one it asks for, or `<stack>-<logical id>`."""
        resource = self._resources[logical_id]
        properties, known = resource.get("Properties", {}), type_of(resource["Type"])
        asked = properties.get(known.named_by)
        name = self.resolve(asked) if asked is not None else _NO_VALUE
        if name is _NO_VALUE:
            endings = (ending for property, ending in known.ending.items() if self.resolve(properties.get(property)))
            return f"{self._stack_name}-{logical_id}{''.join(endings)}"
        return name if isinstance(name, Opaque) else str(name)

    def within(self, logical_id: str) -> str:
        """Return the name of what a resource is in, such as the bus of a rule."""
        resource = self._resources[logical_id]
        name = self.resolve(resource.get("Properties", {}).get(type_of(resource["Type"]).within, "default"))
        return name if isinstance(name, Opaque) else str(name).rsplit("/", 1)[-1]

    def _intrinsic(self, name: str, argument: Any) -> Any:
        if name == "Condition" and not isinstance(argument, str):
            return {name: self.resolve(argument)}  # a policy statement's conditions, not a reference to one of ours
        try:
            return _FUNCTIONS[name](self, argument)
        except (_Unresolvable, LookupError, TypeError, ValueError, RecursionError):
            # Not known, or not as CloudFormation wants it, such as two stacks that import from each other.
            about = argument if isinstance(argument, str) else json.dumps(argument)
            return Opaque(f"<{name} {about} of {self._stack_name}>")

    def _known(self, value: Any) -> Any:
        """Return the value resolved. Raises _Unresolvable when some of it is opaque."""
        resolved = self.resolve(value)
        if not is_known(resolved):
            raise _Unresolvable
        return resolved

    def _ref(self, name: str) -> Any:
        if name in self._parameters:
            return self._parameters[name]
        resource_type = type_of(self._resources[name]["Type"])
        if resource_type.attributes is None:
            raise _Unresolvable
        physical = self.name_of(name)
        if resource_type.reference is None:
            return physical
        within = self.within(name)
        return _made_of(resource_type.reference(self._account, physical, within), physical, within)

    def _attribute(self, path: str | list[str]) -> str:
        logical_id, attribute = path.split(".", 1) if isinstance(path, str) else (path[0], self._known(path[1]))
        resource_type = type_of(self._resources[logical_id]["Type"])
        physical, within = self.name_of(logical_id), self.within(logical_id)
        return _made_of(resource_type.attribute(attribute, self._account, physical, within), physical, within)

    def _substitute(self, argument: str | list[Any]) -> str:
        text, variables = (argument, {}) if isinstance(argument, str) else (argument[0], argument[1])
        used: list[Any] = []

        def replacement(match: re.Match[str]) -> str:
            literal, name = match.groups()
            if literal:
                return f"${{{name}}}"
            reference = {"Fn::GetAtt": name} if "." in name else {"Ref": name}
            used.append(self.resolve(variables.get(name, reference)))
            return str(used[-1])

        return _made_of(_PLACEHOLDER.sub(replacement, text), *used)

    def _find_in_map(self, argument: list[Any]) -> Any:
        mapping, first, second = self._known(argument)
        return self._mappings[mapping][first][second]

    def _if(self, argument: list[Any]) -> Any:
        condition, positive, negative = argument
        holds = self.holds(condition)
        if isinstance(holds, Opaque):
            raise _Unresolvable
        return self.resolve(positive if holds else negative)

    def _import(self, argument: Any) -> Any:
        return self._exports[self._known(argument)]()

    def _json(self, argument: Any) -> str:
        if LANGUAGE_EXTENSIONS not in self._transforms:  # a name, or a list of names
            raise _Unresolvable
        resolved = self.resolve(argument)
        return _made_of(json.dumps(resolved, separators=(",", ":"), ensure_ascii=False), resolved)

    def _pseudo_parameters(self) -> dict[str, Any]:
        return {
            "AWS::AccountId": self._account.account_id,
            "AWS::NoValue": _NO_VALUE,
            "AWS::Partition": self._account.partition,
            "AWS::Region": self._account.region,
            "AWS::StackId": self._account.arn("cloudformation", f"stack/{self._stack_name}/local"),
            "AWS::StackName": self._stack_name,
            "AWS::URLSuffix": self._account.url_suffix,
        }


def resolvers(stacks: Iterable[StackTemplate], account: Account) -> dict[str, Resolver]:
    """Return the resolver of each stack of an assembly, by the stack's name: each sees what the others export."""
    exports: dict[str, Callable[[], Any]] = {}
    made = {stack.name: Resolver(stack.name, stack.template, account, exports) for stack in stacks}
    for resolver in made.values():
        exports.update(resolver.exported())
    return made


def _made_of(text: str, *parts: Any) -> str:
    """Return a text that was made of these values: opaque when one of them is."""
    return text if all(map(is_known, parts)) else Opaque(text)


def _join(resolver: Resolver, argument: list[Any]) -> str:
    delimiter, parts = argument[0], resolver.resolve(argument[1])
    if isinstance(parts, Opaque):
        raise _Unresolvable
    return _made_of(str(delimiter).join(map(str, parts)), parts)


def _select(resolver: Resolver, argument: list[Any]) -> Any:
    index, values = resolver._known(argument[0]), resolver.resolve(argument[1])
    if isinstance(values, Opaque):
        raise _Unresolvable
    return values[int(index)]


def _split(resolver: Resolver, argument: list[Any]) -> list[str]:
    delimiter, text = resolver._known(argument)
    return str(text).split(delimiter)


def _equals(resolver: Resolver, argument: list[Any]) -> bool:
    one, other = resolver._known(argument)
    return bool(one == other)


def _some(resolver: Resolver, conditions: list[Any], decisive: bool) -> bool:
    """Return `decisive` if one of the conditions is so, which settles it whatever the opaque ones are."""
    values = [resolver.resolve(condition) for condition in conditions]
    if any(value is decisive for value in values):
        return decisive
    if not is_known(values):
        raise _Unresolvable
    return not decisive


_FUNCTIONS: dict[str, Function] = {
    "Condition": lambda resolver, name: resolver.holds(name),
    "Fn::And": lambda resolver, conditions: _some(resolver, conditions, False),
    "Fn::Base64": lambda resolver, text: base64.b64encode(resolver._known(text).encode()).decode(),
    "Fn::Equals": _equals,
    "Fn::FindInMap": Resolver._find_in_map,
    "Fn::GetAZs": lambda resolver, region: [f"{resolver._known(region) or resolver._account.region}{z}" for z in ZONES],
    "Fn::GetAtt": Resolver._attribute,
    "Fn::If": Resolver._if,
    "Fn::ImportValue": Resolver._import,
    "Fn::Join": _join,
    "Fn::Not": lambda resolver, conditions: not resolver._known(conditions)[0],
    "Fn::Or": lambda resolver, conditions: _some(resolver, conditions, True),
    "Fn::Select": _select,
    "Fn::Split": _split,
    "Fn::Sub": Resolver._substitute,
    "Fn::ToJsonString": Resolver._json,
    "Ref": Resolver._ref,
}
