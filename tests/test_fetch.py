import asyncio
import contextlib
import datetime
import gzip
import ipaddress
import socket
import ssl
import threading
import zlib

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from small_site import Reply, SmallSite

from crawler.content import decompress, max_age
from crawler.errors import ConfigError, FetchError, ForbiddenAddress
from crawler.fetch import Fetcher, is_transient
from crawler.net import AddressGuard

LOOPBACK = AddressGuard(["127.0.0.0/8"])


@pytest.fixture
def site():
    made = SmallSite()
    yield made
    made.close()


def fetch(url, guard=LOOPBACK, **settings):
    async def once():
        fetcher = Fetcher(guard, **({"timeout": 3.0, "max_bytes": 100_000} | settings))
        try:
            return await fetcher.fetch(url, {"User-Agent": "test"})
        finally:
            await fetcher.close()

    return asyncio.run(once())


def test_an_answer_is_given_as_it_came(site):
    site.pages["/a?b=%EC%A0%80"] = Reply("저커버그", status=418, headers={"X-Two": "2"})
    answer = fetch(site.url("/a?b=%EC%A0%80"))
    assert (answer.status, answer.body.decode(), answer.header("x-two")) == (418, "저커버그", "2")
    assert answer.received == len("저커버그".encode())


def test_a_name_that_resolves_to_a_private_address_is_refused_when_connecting(site):
    with pytest.raises(ForbiddenAddress, match="allow_networks"):
        fetch(f"http://localhost:{site.port}/", AddressGuard())
    assert site.log == []


def test_a_name_with_a_private_address_behind_it_is_refused_by_the_resolver(site, monkeypatch):
    async def resolve(self, host, port=0, family=0):
        return [{"hostname": host, "host": "127.0.0.1", "port": port, "family": 2, "proto": 6, "flags": 0}]

    monkeypatch.setattr("aiohttp.resolver.ThreadedResolver.resolve", resolve)
    with pytest.raises(ForbiddenAddress, match=r"rebind\.example \(127\.0\.0\.1\)"):
        fetch(f"http://rebind.example:{site.port}/", AddressGuard())
    assert fetch(f"http://rebind.example:{site.port}/").status == 404


def test_the_socket_itself_is_guarded_as_well():
    fetcher = Fetcher(AddressGuard(), timeout=1, max_bytes=1000)
    with pytest.raises(ForbiddenAddress):
        fetcher._socket((2, 1, 6, "", ("192.168.0.1", 80)))


def test_failures_name_the_url_and_what_is_wrong(site):
    for url, words, transient in (
        ("http://127.0.0.1:1/x", "can't connect", True),
        (f"https://127.0.0.1:{site.port}/", "TLS failed", True),
        ("http://nowhere.invalid/", "host name is not found", True),
    ):
        with pytest.raises(FetchError, match=words) as caught:
            fetch(url)
        assert url in str(caught.value)
        assert is_transient(caught.value) is transient


def test_what_is_no_http_is_told_without_what_was_received():
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer():
            connection, _ = server.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(b"\x00\xff garbage" * 50)

        threading.Thread(target=answer, daemon=True).start()
        with pytest.raises(FetchError, match="is no HTTP") as caught:
            fetch(f"http://127.0.0.1:{server.getsockname()[1]}/")
    assert len(str(caught.value)) < 150
    assert "garbage" not in str(caught.value)


def test_a_body_is_read_no_further_than_the_cap(site):
    site.pages["/big"] = Reply("x" * 200_000)
    with pytest.raises(FetchError, match="larger than 100,000 bytes"):
        fetch(site.url("/big"))


@pytest.mark.parametrize("level", [1, 2])
def test_a_compression_bomb_is_stopped_at_the_cap(site, level):
    body = b"0" * 50_000_000
    for _ in range(level):
        body = gzip.compress(body)
    site.pages["/bomb"] = Reply(body, headers={"Content-Encoding": ", ".join(["gzip"] * level)})
    with pytest.raises(FetchError, match="larger than"):
        fetch(site.url("/bomb"))


@given(st.binary(max_size=3000), st.lists(st.sampled_from(["gzip", "deflate", "zstd", "x-gzip", "raw"]), max_size=3))
def test_what_servers_compress_is_undone(body, chain):
    packers = {
        "gzip": gzip.compress,
        "x-gzip": lambda data: gzip.compress(data[: len(data) // 2]) + gzip.compress(data[len(data) // 2 :]),
        "deflate": zlib.compress,
        "raw": _raw,
        "zstd": zstandard.compress,
    }
    packed = body
    for name in chain:
        packed = packers[name](packed)
    names = ", ".join("deflate" if name == "raw" else name for name in chain)
    assert decompress(packed, names, 10_000, "http://a.example/") == body


def _raw(data):
    stream = zlib.compressobj(wbits=-15)
    return stream.compress(data) + stream.flush()


@given(st.binary(max_size=300), st.sampled_from(["gzip", "deflate", "zstd"]))
def test_broken_compression_is_an_error_of_the_url(body, name):
    with contextlib.suppress(FetchError):
        assert len(decompress(body, name, 1000, "http://a.example/")) <= 1000


def certificate(tmp_path, host):
    """A self-signed certificate for an address, and a context that serves with it."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, secret = tmp_path / "cert.pem", tmp_path / "key.pem"
    pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, secret)
    return pem, context


def test_certificates_are_verified_and_an_own_authority_can_be_named(tmp_path):
    pem, context = certificate(tmp_path, "127.0.0.1")
    site = SmallSite(ssl=context)
    try:
        with pytest.raises(FetchError, match=r"not trusted.*ca_file") as caught:
            fetch(site.url("/"))
        assert not is_transient(caught.value)
        assert fetch(site.url("/"), ca_file=str(pem)).status == 404
    finally:
        site.close()


def test_a_ca_file_that_is_none_is_an_error_of_the_setting(tmp_path):
    file = tmp_path / "ca.pem"
    file.write_text("not a certificate")
    with pytest.raises(ConfigError, match="ca_file"):
        Fetcher(LOOPBACK, timeout=1, max_bytes=1, ca_file=str(file))


def test_a_proxy_is_used_and_private_targets_are_still_refused(site):
    site.pages["http://news.example/a"] = Reply("by proxy")
    answer = fetch("http://news.example/a", AddressGuard(), proxy=site.base)
    assert answer.body == b"by proxy"
    with pytest.raises(ForbiddenAddress):
        fetch("http://192.168.1.1/", AddressGuard(), proxy=site.base)


@pytest.mark.parametrize(
    ("header", "age", "seconds"),
    [
        ("max-age=300", None, 300),
        ('public, max-age="600", must-revalidate', "100", 500),
        ("s-maxage=900", None, None),
        ("no-cache, max-age=60", None, None),
        ("MAX-AGE = 60", "90", 0),
        ("max-age=99999999999999", None, 31_536_000),
        ("max-age=x", "7", None),
        (None, "7", None),
    ],
)
def test_how_long_an_answer_is_fresh(header, age, seconds):
    assert max_age(header, age) == seconds
