import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import ConfigError, ForbiddenAddress
from crawler.net import AddressGuard

REFUSED = [
    "127.0.0.1",
    "127.8.9.10",
    "10.0.0.1",
    "172.16.5.5",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "192.0.2.1",
    "::1",
    "::",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fd12:3456::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "not an address",
]


@pytest.mark.parametrize("ip", REFUSED)
def test_addresses_of_this_machine_and_its_networks_are_refused(ip):
    with pytest.raises(ForbiddenAddress, match="allow_networks"):
        AddressGuard().check("news.example.com", ip)


@pytest.mark.parametrize("ip", ["8.8.8.8", "211.231.99.17", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_public_addresses_are_permitted(ip):
    AddressGuard().check("news.example.com", ip)


def test_a_named_network_is_permitted_in_all_its_forms_and_nothing_else_is():
    guard = AddressGuard(["127.0.0.0/8", "fd00::/8"])
    for ip in ("127.0.0.1", "127.3.2.1", "::ffff:127.0.0.1", "fd00::5"):
        guard.check("here", ip)
    assert not guard.permits("10.0.0.1")
    assert not guard.permits("::1")


def test_a_network_that_is_none_is_an_error_of_the_setting():
    with pytest.raises(ConfigError, match=r"allow_networks.*10\.0\.0\.0/8"):
        AddressGuard(["my office"])


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "ftp://example.com/a", "gopher://example.com", "javascript:alert(1)", "data:text/html,x"],
)
def test_only_http_and_https_are_fetched(url):
    with pytest.raises(ForbiddenAddress, match="only http and https"):
        AddressGuard(["0.0.0.0/0"]).check_url(url)


@pytest.mark.parametrize("url", ["http://127.0.0.1/", "http://[::1]:80/", "http://localhost:1/", "http://a.localhost/"])
def test_a_url_that_spells_a_private_address_is_refused_before_anything_is_asked(url):
    with pytest.raises(ForbiddenAddress):
        AddressGuard().check_url(url)


def test_names_are_judged_when_they_are_connected_to():
    AddressGuard().check_url("https://news.example.com/a")


@given(st.ip_addresses(v=4))
def test_wrapping_an_address_in_ipv6_changes_nothing(address):
    guard = AddressGuard(["10.0.0.0/9"])
    number = int(address)
    assert guard.permits(f"::ffff:{number >> 16:x}:{number & 0xFFFF:x}") == guard.permits(str(address))
