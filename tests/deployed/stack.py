"""The stack as a person would deploy it, by `sam build` and `sam deploy`; and what ministack leaves out."""

import json
import os
import re
import subprocess
import sys
from base64 import urlsafe_b64encode
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from emulator import ACCOUNT, REGION, Emulator
from sentinels import Sentinels

REPOSITORY = Path(__file__).resolve().parents[2]


def run(*command: str, **variables: str) -> str:
    """Runs a program in the repository, and says what it said."""
    # cargo finds cargo-lambda beside the Python that runs this, and so is sam found.
    path = f"{Path(sys.executable).parent}:{variables.get('PATH', os.environ['PATH'])}"
    done = subprocess.run(
        command,
        cwd=REPOSITORY,
        env=os.environ | {"SAM_CLI_TELEMETRY": "0"} | variables | {"PATH": path},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, f"{' '.join(command)}:\n{done.stdout[-6000:]}"
    return done.stdout


class Stack:
    def __init__(self, emulator: Emulator, built: Path, name: str = "cardea"):
        self.emulator = emulator
        self.built = built
        self.name = name
        self.sentinels = Sentinels()
        self.client = cache(emulator.client)

    def deploy(self, template: str = "template.yaml", **parameters: str) -> str:
        """Deploys a template that is beside what was built, and says what `sam` said."""
        overrides = [f"{name}={value}" for name, value in parameters.items()]
        return run(
            *("sam", "deploy", "--config-file", str(REPOSITORY / "samconfig.toml")),
            *("--template-file", str(self.built / template), "--stack-name", self.name),
            *("--region", REGION, "--no-confirm-changeset"),
            *(["--parameter-overrides", *overrides] if overrides else []),
            **self.emulator.environment(),
        )

    def delete(self):
        cloudformation = self.client("cloudformation")
        cloudformation.delete_stack(StackName=self.name)
        waiter = cloudformation.get_waiter("stack_delete_complete")
        waiter.wait(StackName=self.name, WaiterConfig={"Delay": 1, "MaxAttempts": 120})

    def outputs(self) -> dict[str, str]:
        (stack,) = self.client("cloudformation").describe_stacks(StackName=self.name)["Stacks"]
        return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}

    @cache
    def physical_id(self, logical_id: str) -> str:
        found = self.client("cloudformation").describe_stack_resource(
            StackName=self.name, LogicalResourceId=logical_id
        )
        return found["StackResourceDetail"]["PhysicalResourceId"]

    def template(self) -> dict[str, Any]:
        """The template as CloudFormation has it, after SAM's transformation."""
        found = self.client("cloudformation").get_template(
            StackName=self.name, TemplateStage="Processed"
        )["TemplateBody"]
        return json.loads(found) if isinstance(found, str) else found

    @cache
    def functions(self) -> dict[str, str]:
        """The names of the functions, by their logical ids."""
        resources = self.template()["Resources"]
        functions = (id for id, one in resources.items() if one["Type"] == "AWS::Lambda::Function")
        return {id: self.physical_id(id) for id in functions}

    def add_routes(self):
        """Adds the API's routes, which ministack does not take from the template's OpenAPI document."""
        api, gateway = self.physical_id("HttpApi"), self.client("apigatewayv2")
        document = self.template()["Resources"]["HttpApi"]["Properties"]["Body"]
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                uri = operation["x-amazon-apigateway-integration"]["uri"]["Fn::Sub"]
                function = self.functions()[re.search(r"\$\{(\w+)\.Arn\}", uri)[1]]
                integration = gateway.create_integration(
                    ApiId=api,
                    IntegrationType="AWS_PROXY",
                    IntegrationUri=f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{function}",
                    PayloadFormatVersion="2.0",
                )
                method = "ANY" if method == "x-amazon-apigateway-any-method" else method.upper()
                gateway.create_route(
                    ApiId=api,
                    RouteKey=f"{method} {path}",
                    Target=f"integrations/{integration['IntegrationId']}",
                )

    def add_domain(self, host: str):
        """Has the API answer for `host` too."""
        gateway = self.client("apigatewayv2")
        certificate = {"CertificateArn": f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/1"}
        gateway.create_domain_name(DomainName=host, DomainNameConfigurations=[certificate])
        api = self.physical_id("HttpApi")
        gateway.create_api_mapping(DomainName=host, ApiId=api, Stage="$default")

    def invoke(self, command: dict[str, Any], function: str = "Bootstrap") -> tuple[bool, Any]:
        """Invokes a function that has no route: whether it failed, and its answer."""
        function = self.functions()[function]
        answer = self.client("lambda").invoke(
            FunctionName=function, Payload=json.dumps(command).encode()
        )
        return "FunctionError" in answer, json.loads(answer["Payload"].read())

    def renew(self, function: str):
        """Has the next request to this function meet a new process: nothing in it is remembered."""
        client, name = self.client("lambda"), self.functions()[function]
        variables = client.get_function_configuration(FunctionName=name)["Environment"]
        client.update_function_configuration(FunctionName=name, Environment=variables)

    def key_set(self, issuer: str) -> dict[str, Any]:
        """The keys of a tenant, as the table has them."""
        tenant = issuer.split("/")[2]
        found = self.client("dynamodb").get_item(
            TableName=self.outputs()["TableName"],
            Key={"pk": {"S": f"KEYS#{tenant}"}, "sk": {"S": "KEYS"}},
        )
        return TypeDeserializer().deserialize({"M": found["Item"]})

    def refer_to(self, issuer: str, client_id: str, jwks_uri: str):
        """Has a client's keys be there and no more in the table, as if they could once be fetched."""
        tenant = issuer.split("/")[2]
        self.client("dynamodb").update_item(
            TableName=self.outputs()["TableName"],
            Key={"pk": {"S": f"CLIENT#{tenant}#{client_id}"}, "sk": {"S": "CLIENT"}},
            UpdateExpression="SET metadata.jwks_uri = :uri REMOVE metadata.jwks",
            ExpressionAttributeValues={":uri": {"S": jwks_uri}},
        )

    def add_user(self, issuer: str, like: str, email: str, user_id: str):
        """Another user of a tenant, who is called otherwise and has the same password."""
        table, database = self.outputs()["TableName"], self.client("dynamodb")
        tenant = issuer.split("/")[2]

        def key(kind: str, name: str) -> dict[str, Any]:
            return {"pk": {"S": f"{kind}#{tenant}#{name}"}, "sk": {"S": kind}}

        def hashed(text: str) -> str:
            return urlsafe_b64encode(sha256(text.encode()).digest()).decode().rstrip("=")

        login = database.get_item(TableName=table, Key=key("LOGIN", hashed(like)))["Item"]
        user = database.get_item(TableName=table, Key=key("USER", login["user_id"]["S"]))["Item"]
        another = {"user_id": {"S": user_id}}
        for item in (
            login | another | key("LOGIN", hashed(email)),
            user | another | key("USER", user_id),
        ):
            database.put_item(TableName=table, Item=item)

    def secret(self, name: str) -> str:
        return self.client("secretsmanager").get_secret_value(SecretId=name)["SecretString"]

    def log(self, function: str) -> list[str]:
        """What this function has written, and what Lambda has written about it."""
        group = f"/aws/lambda/{self.functions()[function]}"
        pages = self.client("logs").get_paginator("filter_log_events").paginate(logGroupName=group)
        return [event["message"] for page in pages for event in page["events"]]
