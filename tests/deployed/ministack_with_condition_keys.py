"""Runs ministack with the condition keys of IAM that Cardea's policies use and ministack does not know.

Without them `Null: {"dynamodb:LeadingKeys": "false"}` and the conditions on KMS refuse every request, and
to leave them out for the emulator's sake would be to test another template. So this adds, to what
ministack takes from a request:

- `dynamodb:LeadingKeys`: the partition keys that the request names, in every item of a batch, and the one that
  a query is about, of the table or of an index;
- `dynamodb:Attributes`: the attributes of the key and those that the expressions of an update name;
- `kms:SigningAlgorithm`, `kms:MessageType`, `kms:EncryptionContext:*`, `kms:KeySpec`, `kms:KeyUsage`;
- `aws:PrincipalArn`, which for a role is the role's ARN and not its session's.

As KMS does, it asks for `kms:TagResource` besides `kms:CreateKey` where a new key has tags. And it has
functions answer CloudFormation at the address that the server listens on, because `MINISTACK_HOST` is
not one: it names the host of the APIs as AWS does.
"""

import json
import os
import re
import signal
import sys
import threading
import uuid

from ministack import app
from ministack.core import iam_actions, iam_evaluator
from ministack.core.responses import get_account_id
from ministack.services import kms
from ministack.services.cloudformation import custom_resource

ITEM_MEMBERS = ("Key", "Item")
REQUEST_MEMBERS = {
    "KeySpec": "kms:KeySpec",
    "KeyUsage": "kms:KeyUsage",
    "SigningAlgorithm": "kms:SigningAlgorithm",
    "MessageType": "kms:MessageType",
}
# A word that is neither a value nor a function.
ATTRIBUTE = re.compile(r"(?<![:\w])[A-Za-z_]\w*\b(?!\()")
KEYWORDS = {"SET", "REMOVE", "ADD", "DELETE", "AND", "OR", "NOT"}
ASSUMED_ROLE = re.compile(r"arn:(aws[a-z-]*):sts::(\d{12}):assumed-role/([^/]+)/.*")


def parsed(body):
    try:
        data = json.loads(body or b"{}")
    except (ValueError, UnicodeDecodeError):
        return {}
    return data if isinstance(data, dict) else {}


def items(request):
    """Every item or key of an item in a request, one table's or several tables', alone or in a batch."""
    yield from (request[member] for member in ITEM_MEMBERS if isinstance(request.get(member), dict))
    for table in (request.get("RequestItems") or {}).values():
        if isinstance(table, dict):
            yield from table.get("Keys") or []
        else:
            for write in table:
                yield from (item for one in write.values() for item in items(one))
    for write in request.get("TransactItems") or []:
        yield from (item for one in write.values() for item in items(one))


def leading_keys(body):
    request = parsed(body)
    keys = [next(iter(item["pk"].values())) for item in items(request) if "pk" in item]
    # A query names the partition, of the table or of an index, in its condition.
    if "KeyConditionExpression" in request:
        keys.append(request["ExpressionAttributeValues"][":pk"]["S"])
    return keys


def attributes(body):
    """The attributes that a change of an item names; the product uses no placeholders for names."""
    request = parsed(body)
    expressions = [request.get(name) or "" for name in ("UpdateExpression", "ConditionExpression")]
    names = {name for text in expressions for name in ATTRIBUTE.findall(text)} - KEYWORDS
    return sorted(names | set(request.get("Key") or {}))


def kms_keys(body):
    """The keys that a request to KMS carries, and those of the key that it names."""
    request = parsed(body)
    context = {name: request[member] for member, name in REQUEST_MEMBERS.items() if member in request}
    if "SigningAlgorithm" in request:
        context.setdefault("kms:MessageType", "RAW")
    if key := kms._resolve_key(request.get("KeyId")):
        context |= {"kms:KeySpec": key["KeySpec"], "kms:KeyUsage": key["KeyUsage"]}
    encryption_context = request.get("EncryptionContext") or {}
    context |= {f"kms:EncryptionContext:{name}": value for name, value in encryption_context.items()}
    if encryption_context:
        context["kms:EncryptionContextKeys"] = list(encryption_context)
    return context


def with_keys_of_items(original):
    def dynamodb_service_context(body):
        found = {"dynamodb:LeadingKeys": leading_keys(body), "dynamodb:Attributes": attributes(body)}
        return original(body) | {name: values for name, values in found.items() if values}

    return dynamodb_service_context


def with_kms_keys(original):
    def request_tag_context(service, iam_action, body, params):
        context = original(service, iam_action, body, params)
        return context | kms_keys(body) if service == "kms" else context

    return request_tag_context


def with_principal_arn(original):
    def resolve_condition_key(key, context):
        value = original(key, context)
        if key.lower() == "aws:principalarn" and (match := ASSUMED_ROLE.fullmatch(value)):
            return "arn:{}:iam::{}:role/{}".format(*match.groups())
        return value

    return resolve_condition_key


def with_tags_of_new_keys(original):
    def enforce(access_key_id, iam_action, service, region, resource_arn="*", service_context=None):
        who = (access_key_id, iam_action, service, region)
        denied = original(*who, resource_arn, service_context)
        if denied or iam_action != "kms:CreateKey" or "aws:TagKeys" not in (service_context or {}):
            return denied
        new_key = f"arn:aws:kms:{region}:{get_account_id()}:key/{uuid.uuid4()}"
        return original(access_key_id, "kms:TagResource", service, region, new_key, service_context)

    return enforce


def end_with_standard_input():
    """Ends with whoever holds the other end of standard input, and with it the functions' processes."""
    sys.stdin.read()
    os.killpg(0, signal.SIGTERM)


def main():
    threading.Thread(target=end_with_standard_input, daemon=True).start()
    # Each is looked up in its module at the time of the call, so that to replace it there is enough.
    iam_actions.dynamodb_service_context = with_keys_of_items(iam_actions.dynamodb_service_context)
    iam_actions.request_tag_context = with_kms_keys(iam_actions.request_tag_context)
    iam_evaluator._resolve_condition_key = with_principal_arn(iam_evaluator._resolve_condition_key)
    iam_evaluator.enforce = with_tags_of_new_keys(iam_evaluator.enforce)
    custom_resource._HOST = "127.0.0.1"
    app.main()


if __name__ == "__main__":
    main()
