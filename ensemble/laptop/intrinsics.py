"""Resolves a template's intrinsic functions and conditions to plain values."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from ensemble.laptop.account import NAME_PROPERTIES, REFERENCES, Account, attribute_of
from ensemble.laptop.errors import IntrinsicUnsupported

_NO_VALUE = object()
_PLACEHOLDER = re.compile(r"\$\{(!?)([^}]+)\}")

Function = Callable[["Resolver", Any], Any]


class Resolver:
    """Resolves the values of one stack's template in an account. Raises IntrinsicUnsupported for all else."""

    def __init__(self, stack_name: str, template: dict[str, Any], account: Account) -> None:
        self._stack_name = stack_name
        self._resources = template.get("Resources", {})
        self._conditions = template.get("Conditions", {})
        self._mappings = template.get("Mappings", {})
        self._account = account
        self._parameters = self._pseudo_parameters() | {
            name: parameter["Default"]
            for name, parameter in template.get("Parameters", {}).items()
            if "Default" in parameter
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

    def holds(self, condition: str) -> bool:
        """Return whether a condition of the template is true."""
        if condition not in self._conditions:
            raise IntrinsicUnsupported(f"stack {self._stack_name} has no condition {condition!r}")
        return bool(self.resolve(self._conditions[condition]))

    def name_of(self, logical_id: str) -> str:
        """Return a resource's physical name: the one it asks for, or `<stack>-<logical id>`."""
        resource = self._resources[logical_id]
        asked = resource.get("Properties", {}).get(NAME_PROPERTIES.get(resource["Type"], ""))
        return str(self.resolve(asked)) if asked is not None else f"{self._stack_name}-{logical_id}"

    def bus_of(self, logical_id: str) -> str:
        """Return the name of the bus that a rule asks for."""
        bus = self._resources[logical_id].get("Properties", {}).get("EventBusName", "default")
        return str(self.resolve(bus)).rsplit("/", 1)[-1]

    def _intrinsic(self, name: str, argument: Any) -> Any:
        if name == "Condition" and not isinstance(argument, str):
            return {name: self.resolve(argument)}  # a policy statement's conditions, not a reference to one of ours
        if name not in _FUNCTIONS:
            raise IntrinsicUnsupported(f"stack {self._stack_name} uses {name}, which is not known")
        return _FUNCTIONS[name](self, argument)

    def _ref(self, name: str) -> Any:
        if name in self._parameters:
            return self._parameters[name]
        if name not in self._resources:
            raise IntrinsicUnsupported(f"stack {self._stack_name} refers to {name!r}, which has no value")
        resource_type = self._resources[name]["Type"]
        physical = self.name_of(name)
        if resource_type not in REFERENCES:
            return physical
        return REFERENCES[resource_type](self._account, physical, self.bus_of(name))

    def _attribute(self, path: str | list[str]) -> str:
        logical_id, attribute = path.split(".", 1) if isinstance(path, str) else (path[0], self.resolve(path[1]))
        if logical_id not in self._resources:
            raise IntrinsicUnsupported(f"stack {self._stack_name} has no resource {logical_id!r}")
        resource_type = self._resources[logical_id]["Type"]
        return attribute_of(self._account, resource_type, self.name_of(logical_id), self.bus_of(logical_id), attribute)

    def _substitute(self, argument: str | list[Any]) -> str:
        text, variables = (argument, {}) if isinstance(argument, str) else (argument[0], argument[1])

        def replacement(match: re.Match[str]) -> str:
            literal, name = match.groups()
            if literal:
                return f"${{{name}}}"
            if name in variables:
                return str(self.resolve(variables[name]))
            return str(self._attribute(name) if "." in name else self._ref(name))

        return _PLACEHOLDER.sub(replacement, text)

    def _find_in_map(self, argument: list[Any]) -> Any:
        mapping, first, second = self.resolve(argument)
        try:
            return self._mappings[mapping][first][second]
        except KeyError:
            raise IntrinsicUnsupported(f"no entry {mapping}/{first}/{second} in the mappings") from None

    def _if(self, argument: list[Any]) -> Any:
        condition, positive, negative = argument
        return self.resolve(positive if self.holds(condition) else negative)

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


def _join(resolver: Resolver, argument: list[Any]) -> str:
    delimiter, parts = argument
    return str(delimiter).join(str(part) for part in resolver.resolve(parts))


def _select(resolver: Resolver, argument: list[Any]) -> Any:
    index, values = resolver.resolve(argument)
    return values[int(index)]


def _split(resolver: Resolver, argument: list[Any]) -> list[str]:
    delimiter, text = resolver.resolve(argument)
    return str(text).split(delimiter)


def _equals(resolver: Resolver, argument: list[Any]) -> bool:
    one, other = resolver.resolve(argument)
    return bool(one == other)


_FUNCTIONS: dict[str, Function] = {
    "Condition": lambda resolver, name: resolver.holds(name),
    "Fn::And": lambda resolver, conditions: all(resolver.resolve(conditions)),
    "Fn::Equals": _equals,
    "Fn::FindInMap": Resolver._find_in_map,
    "Fn::GetAtt": Resolver._attribute,
    "Fn::If": Resolver._if,
    "Fn::Join": _join,
    "Fn::Not": lambda resolver, conditions: not resolver.resolve(conditions)[0],
    "Fn::Or": lambda resolver, conditions: any(resolver.resolve(conditions)),
    "Fn::Select": _select,
    "Fn::Split": _split,
    "Fn::Sub": Resolver._substitute,
    "Ref": Resolver._ref,
}
