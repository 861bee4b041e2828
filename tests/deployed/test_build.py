"""What `sam build` makes of the workspace."""

import re
import tomllib

import pytest

from policies import FUNCTIONS
from stack import REPOSITORY

# That of Amazon Linux 2023, which `provided.al2023` is.
GLIBC = (2, 34)


@pytest.fixture(params=FUNCTIONS)
def binary(request, stack) -> bytes:
    (only,) = (stack.built / request.param).iterdir()
    assert only.name == "bootstrap"
    return only.read_bytes()


def test_a_function_is_one_program_that_runs_on_amazon_linux_2023(binary):
    assert binary.startswith(b"\x7fELF")
    wanted = {tuple(map(int, one)) for one in re.findall(rb"\0GLIBC_(\d+)\.(\d+)", binary)}
    assert wanted and max(wanted) <= GLIBC


def test_a_panic_is_answered_and_does_not_end_the_process():
    # cargo-lambda would set "abort" where the profile sets nothing.
    manifest = tomllib.loads((REPOSITORY / "Cargo.toml").read_text())
    assert manifest["profile"]["release"]["panic"] == "unwind"
