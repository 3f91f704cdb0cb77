"""A model's settings from what somebody wrote in a file, each checked against its type."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar, get_type_hints

from pydantic import TypeAdapter, ValidationError

from classic.errors import BadInput

T = TypeVar("T")


def configured(default: T, wanted: Mapping[str, Any], inside: str = "") -> T:
    """`default` with the settings of `wanted`, where `training: {epochs: 5}` goes into a part and
    `loss: {kind: gbce}` chooses another. Raises `BadInput` naming the setting that is wrong."""
    if default is None and not wanted:
        return default
    _refuse_unknown(default, wanted, inside)
    values = {name: _value(default, name, value, inside) for name, value in wanted.items()}
    return replace(default, **values)  # type: ignore[type-var]


def with_seed(config: T, seed: int) -> T:
    """The configuration with another seed, its own or that of its training; as it is when nothing
    in it is drawn."""
    if hasattr(config, "training"):
        return replace(config, training=replace(config.training, seed=seed))  # type: ignore[type-var]
    return replace(config, seed=seed) if hasattr(config, "seed") else config  # type: ignore[type-var]


def _value(default: Any, name: str, value: Any, inside: str) -> Any:
    now = getattr(default, name)
    if is_dataclass(now) and isinstance(value, Mapping) and "kind" not in value:
        return configured(now, value, f"{inside}{name}.")
    try:
        found = TypeAdapter(get_type_hints(type(default))[name]).validate_python(value)
    except ValidationError as error:
        why = error.errors()[0]["msg"]
        raise BadInput(f"setting {inside}{name}: {value!r} will not do ({why})") from None
    if isinstance(found, int | float) and found < 0:
        raise BadInput(f"setting {inside}{name}: {value!r} is below 0")
    if is_dataclass(found):
        _refuse_unknown(found, value, f"{inside}{name}.")
    return found


def _refuse_unknown(of: Any, wanted: Mapping[str, Any], inside: str) -> None:
    known = [] if of is None else [f.name for f in fields(of)]
    if unknown := [name for name in wanted if name not in known]:
        there = f"there are: {', '.join(known)}" if known else "this model has none"
        raise BadInput(f"no setting {inside}{unknown[0]}; {there}")
