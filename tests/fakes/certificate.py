"""A certificate for localhost that only the tests trust."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import IN_CI


@dataclass(frozen=True)
class Certificate:
    """`server` presents it, `trusting` accepts it."""

    file: Path
    key: Path

    def server(self) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.file, self.key)
        return context

    def trusting(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.file))


def made_in(folder: Path) -> Certificate:
    """A fresh one, good for a day, for localhost and hook.example."""
    if shutil.which("openssl") is None and not IN_CI:
        pytest.skip("NO openssl ON THIS MACHINE: what needs a certificate is skipped")
    made = Certificate(folder / "certificate.pem", folder / "key.pem")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1",
         "-keyout", made.key, "-out", made.file, "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost,DNS:hook.example"],
        check=True, capture_output=True,
    )  # fmt: skip
    return made
