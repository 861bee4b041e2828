"""The AWS that the stack is deployed to: ministack with IAM enforced, on the loopback alone."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import boto3
import requests
from botocore.config import Config

HERE = Path(__file__).resolve().parent
ACCOUNT = "000000000000"
REGION = "eu-central-1"


class Emulator:
    """ministack as a process of its own, which ends with `stop`."""

    def __init__(self, directory: Path):
        self.directory = directory
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        directory.mkdir(parents=True, exist_ok=True)
        self.output = directory / "ministack.log"
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, str(HERE / "ministack_with_condition_keys.py")],
                env=self.environment() | self.own_environment(),
                # It ends when this process has ended, however that came.
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                # A group of its own, so that what it starts ends with it.
                start_new_session=True,
            )
        self.wait()

    def own_environment(self) -> dict[str, str]:
        return {
            "AUTH": "true",
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(self.port),
            "IOT_MTLS_ENABLED": "0",
            # So that the host of an API is the one that it has on AWS, and in its issuer.
            "MINISTACK_HOST": f"{REGION}.amazonaws.com",
            "MINISTACK_REGION": REGION,
            # It keeps the code of functions there.
            "TMPDIR": str(self.directory),
        }

    def environment(self) -> dict[str, str]:
        """That of a program that is to use it as its owner."""
        names = ("HOME", "LANG", "PATH", "PYTHONPYCACHEPREFIX")
        kept = {name: os.environ[name] for name in names if name in os.environ}
        return kept | {
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ENDPOINT_URL": self.url,
            "SAM_CLI_TELEMETRY": "0",
        }

    def wait(self):
        for _ in range(300):
            if self.process.poll() is not None:
                break
            try:
                requests.get(f"{self.url}/_ministack/health", timeout=5).raise_for_status()
                return
            except requests.RequestException:
                time.sleep(0.1)
        self.stop()
        raise RuntimeError(f"ministack does not answer:\n{self.output.read_text()[-4000:]}")

    def client(self, service: str, **credentials: str):
        """A client as the owner of the account, or with other credentials."""
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"} | credentials
        config = Config(retries={"total_max_attempts": 1}, max_pool_connections=20)
        return boto3.client(
            service, endpoint_url=self.url, region_name=REGION, config=config, **keys
        )

    def stop(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait(10)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]
