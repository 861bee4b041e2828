"""Every permission is needed: without it exactly its function fails, and with it again that works again.

IAM is the emulator's; `test_emulator` shows that it enforces what these policies say.
"""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from policies import Permission, Role, readers_by_fetch, granted, granted_by_kind
from probes import Probes


@pytest.fixture(scope="module")
def probes(relying_party, signed_in):
    probes = Probes(relying_party, signed_in)
    yield probes
    probes.open_registration_again()


@pytest.fixture(scope="module")
def roles(stack) -> dict[str, Role]:
    return {function: Role(stack, function) for function in stack.functions()}


@contextmanager
def without(stack, role: Role, permission: Permission):
    """The function's role without the permission, and its process without what it remembers."""
    role.put(permission.take_from(role.document))
    try:
        stack.renew(permission.function)
        yield
    finally:
        role.put(role.document)
        stack.renew(permission.function)


def forget_attempts(stack):
    """The limits on signing in and registering are not what is tested here."""
    table, database = stack.outputs()["TableName"], stack.client("dynamodb")
    counters = database.get_paginator("scan").paginate(
        TableName=table,
        FilterExpression="begins_with(pk, :kind)",
        ExpressionAttributeValues={":kind": {"S": "RATE#"}},
        ProjectionExpression="pk, sk",
    )
    for key in (key for page in counters for key in page["Items"]):
        database.delete_item(TableName=table, Key=key)


def working(prepared: dict[str, list]) -> set[str]:
    """The functions all of whose probes work."""
    with ThreadPoolExecutor(4) as pool:
        outcomes = pool.map(lambda one: [probe() for probe in one], prepared.values())
        return {function for function, works in zip(prepared, outcomes, strict=True) if all(works)}


def test_every_function_works_with_its_own_role(stack, probes, roles):
    forget_attempts(stack)
    functions = list(stack.functions())
    assert {one.function for one in granted()} == set(functions)
    for function in functions:
        stack.renew(function)
    assert working({one: probes.of(one) for one in functions}) == set(functions)


@pytest.mark.parametrize("permission", granted(), ids=str)
def test_without_a_permission_exactly_its_function_fails(stack, probes, roles, permission):
    forget_attempts(stack)
    functions = set(stack.functions())
    prepared = {function: probes.of(function) for function in functions}
    failing = {permission.function}
    if permission.function == "Fetch":
        failing |= readers_by_fetch()
    with without(stack, roles[permission.function], permission):
        assert working(prepared) == functions - failing


@pytest.mark.parametrize("permission", granted_by_kind(), ids=str)
def test_without_a_kind_of_item_its_function_fails(stack, probes, roles, permission):
    forget_attempts(stack)
    function = permission.function
    prepared = {function: probes.of(function)}
    with without(stack, roles[function], permission):
        assert working(prepared) == set()


def test_every_function_works_again(stack, probes):
    forget_attempts(stack)
    functions = set(stack.functions())
    assert working({one: probes.of(one) for one in functions}) == functions
