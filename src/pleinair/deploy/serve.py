"""A small server for the camera page: this machine only, or the local network by https."""

from __future__ import annotations

import datetime
import ipaddress
import socket
import ssl
import tempfile
from collections.abc import Mapping
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from pleinair.deploy.bundle import DeployError
from pleinair.deploy.callers import names_of, refusal
from pleinair.deploy.web import ISOLATION

LOOPBACK = "127.0.0.1"
_DAYS = 30  # how long a certificate is good for


class _Handler(SimpleHTTPRequestHandler):
    """Files of one folder, with the headers that threads need; nothing else."""

    extensions_map = {  # noqa: RUF012, as in the base class
        **SimpleHTTPRequestHandler.extensions_map,
        ".js": "text/javascript",
        ".wasm": "application/wasm",
        ".webmanifest": "application/manifest+json",
        ".onnx": "application/octet-stream",
        ".wgsl": "text/plain",
    }
    timeout = 30
    server: PageServer

    def send_head(self) -> Any:
        # Files are for everybody who knows the name: pages of other sites can't read them.
        refused = refusal(self.headers.get("Host"), None, self.server.names)
        if refused is not None:
            self.send_error(refused[0])
            return None
        return super().send_head()

    def list_directory(self, path: Any) -> None:  # noqa: ARG002, as in the base class
        self.send_error(HTTPStatus.NOT_FOUND)

    def end_headers(self) -> None:
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.send_header("Cache-Control", "no-cache")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


class PageServer(ThreadingHTTPServer):
    """Serves a laid-out page.

    Args:
        folder: what `lay_out` has written.
        address: where to listen: the loopback address, or one of this machine's in its network.
        port: where to listen, 0: any free one.
        secure: speak https with a certificate of its own, which browsers ask about once. Pages
            that are not on loopback need it for the camera.
        headers: sent with every file.

    Raises:
        DeployError: the address can't be listened at, or a package for certificates is missing.
    """

    daemon_threads = True

    def __init__(
        self,
        folder: Path,
        address: str = LOOPBACK,
        port: int = 0,
        secure: bool = False,
        headers: Mapping[str, str] = ISOLATION,
    ):
        def handler(*args: Any) -> _Handler:
            return _Handler(*args, directory=str(folder))

        try:
            super().__init__((address, port), handler)
        except OSError as error:
            raise DeployError(f"{address}:{port}: {error.strerror}") from error
        self.headers = headers
        port = self.server_address[1]
        self.names = names_of(address, port)
        self.url = f"http{'s' if secure else ''}://{address}:{port}/"
        if secure:
            self.socket = certified(address).wrap_socket(self.socket, server_side=True)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore connections that break off, as refused certificates do."""


def lan_address() -> str:
    """This machine's address in its local network; nothing is sent to find it.

    Raises:
        DeployError: the machine is in no network.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            address = str(probe.getsockname()[0])
        except OSError as error:
            raise DeployError(f"no local network: {error.strerror}") from error
    if ipaddress.ip_address(address).is_loopback:
        raise DeployError("no local network: this machine has its loopback address only")
    return address


def certified(address: str) -> ssl.SSLContext:
    """A server's side of https with a new self-signed certificate for one address."""
    try:
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ec
    except ImportError as error:
        raise DeployError(
            "https needs the package cryptography: pip install 'pleinair[lan]'"
        ) from error
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "pleinair on this network")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=_DAYS))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), False
        )
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.NamedTemporaryFile() as both:  # ssl reads certificates from files only
        both.write(certificate.public_bytes(pem) + secret)
        both.flush()
        context.load_cert_chain(both.name)
    return context
