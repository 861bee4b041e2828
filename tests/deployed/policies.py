"""What each function may do, one permission at a time, as template.yaml grants it."""

import copy
import json
from dataclasses import dataclass
from typing import Any

from samcli.yamlhelper import yaml_parse

from stack import REPOSITORY, Stack

TEMPLATE: dict[str, Any] = yaml_parse((REPOSITORY / "template.yaml").read_text())
FUNCTIONS = {
    name: resource
    for name, resource in TEMPLATE["Resources"].items()
    if resource["Type"] == "AWS::Serverless::Function"
}
LEADING_KEYS = "dynamodb:LeadingKeys"
# What nobody misses: after its first use a client is counted out of the unused ones, and a count that is one too high
# for a while is no reason to lose tokens that are issued already.
FORGIVEN = {("Authorize", "dynamodb:UpdateItem", "RATE#*"), ("Token", "dynamodb:UpdateItem", "RATE#*")}

# What these have `fetch` do is send Logout Tokens, for which it asks the table nothing.
SENDERS = {"Logout", "Sessions"}


@dataclass(frozen=True)
class Permission:
    """An action that a statement of a function's role allows; with `kind`, on that kind of item alone."""

    function: str
    statement: int
    action: str
    kind: str | None = None

    def __str__(self) -> str:
        kind = f"-{self.kind.rstrip('#*')}" if self.kind else ""
        return f"{self.function}-{self.action}{kind}"

    def take_from(self, policy: dict[str, Any]) -> dict[str, Any]:
        """The policy without it."""
        policy = copy.deepcopy(policy)
        statement = policy["Statement"][self.statement]
        if self.kind is None:
            statement["Action"] = [one for one in actions(statement) if one != self.action]
            if not statement["Action"]:
                del policy["Statement"][self.statement]
        else:
            values = kinds(statement)
            assert self.kind in values
            values.remove(self.kind)
            if not values:
                del policy["Statement"][self.statement]
        return policy


def actions(statement: dict[str, Any]) -> list[str]:
    action = statement["Action"]
    return [action] if isinstance(action, str) else action


def is_to_log(action: str) -> bool:
    return action.startswith("logs:")


def kinds(statement: dict[str, Any]) -> list[str]:
    """The patterns of leading keys that the statement allows: the list itself."""
    condition = statement.get("Condition", {}).get("ForAllValues:StringLike", {})
    return condition.get(LEADING_KEYS, [])


def granted() -> list[Permission]:
    """Every permission of every function, but that to write its log: ministack does not ask for it."""
    permissions = []
    for role, resource in TEMPLATE["Resources"].items():
        if resource["Type"] != "AWS::IAM::Role":
            continue
        (policy,) = resource["Properties"]["Policies"]
        for index, statement in enumerate(policy["PolicyDocument"]["Statement"]):
            for action in actions(statement):
                if not is_to_log(action):
                    permissions.append(Permission(role.removesuffix("Role"), index, action))
    return permissions


def granted_by_kind() -> list[Permission]:
    """The same for each kind of item, where a statement opens more than one."""
    found = []
    for one in granted():
        (policy,) = TEMPLATE["Resources"][f"{one.function}Role"]["Properties"]["Policies"]
        patterns = kinds(policy["PolicyDocument"]["Statement"][one.statement])
        if len(patterns) > 1:
            found += [
                Permission(one.function, one.statement, one.action, kind)
                for kind in patterns
                if (one.function, one.action, kind) not in FORGIVEN
            ]
    return found


def without_any(policy: dict[str, Any]) -> dict[str, Any]:
    """The policy without any of these permissions."""
    left = [one for one in policy["Statement"] if all(map(is_to_log, actions(one)))]
    return policy | {"Statement": left}


def readers_by_fetch() -> set[str]:
    """The functions that have `fetch` read documents for them: without its table they can't do all that they do."""
    callers = {one.function for one in granted() if one.action == "lambda:InvokeFunction"}
    return callers - SENDERS


class Role:
    """The role of a function as it is deployed."""

    def __init__(self, stack: Stack, function: str):
        self.function = function
        self.iam, self.name = stack.client("iam"), stack.physical_id(f"{function}Role")
        (self.policy,) = self.iam.list_role_policies(RoleName=self.name)["PolicyNames"]
        attached = self.iam.list_attached_role_policies(RoleName=self.name)["AttachedPolicies"]
        assert attached == [], "a role holds exactly what is written in it"
        self.document = self.iam.get_role_policy(RoleName=self.name, PolicyName=self.policy)[
            "PolicyDocument"
        ]

    def put(self, document: dict[str, Any]):
        self.iam.put_role_policy(
            RoleName=self.name, PolicyName=self.policy, PolicyDocument=json.dumps(document)
        )
