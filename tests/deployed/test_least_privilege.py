"""Every permission is needed: without it exactly its function fails, and with it again that works again.

That no other function fails is shown by taking all of a function's permissions at once, which is more than each of them.

IAM is the emulator's; `test_emulator` shows that it enforces what these policies say.
"""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from policies import FUNCTIONS, Role, granted, granted_by_kind, readers_by_fetch, without_any
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
def having(stack, role: Role, policy: dict[str, Any]):
    """The function's role with this policy instead, and its process without what it remembers."""
    role.put(policy)
    try:
        stack.renew(role.function)
        yield
    finally:
        role.put(role.document)
        stack.renew(role.function)


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


@pytest.mark.parametrize("function", FUNCTIONS)
def test_without_all_its_permissions_a_function_alone_fails(stack, probes, roles, function):
    forget_attempts(stack)
    functions = set(stack.functions())
    prepared = {one: probes.of(one) for one in functions}
    failing = {function} | (readers_by_fetch() if function == "Fetch" else set())
    with having(stack, roles[function], without_any(roles[function].document)):
        assert working(prepared) == functions - failing


@pytest.mark.parametrize("permission", granted() + granted_by_kind(), ids=str)
def test_without_a_permission_its_function_fails(stack, probes, roles, permission):
    forget_attempts(stack)
    function = permission.function
    prepared = {function: probes.of(function)}
    with having(stack, roles[function], permission.take_from(roles[function].document)):
        assert working(prepared) == set()


def test_every_function_works_again(stack, probes):
    forget_attempts(stack)
    functions = set(stack.functions())
    assert working({one: probes.of(one) for one in functions}) == functions
