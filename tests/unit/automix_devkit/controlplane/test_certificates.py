"""The certificate authority: what it signs, and for whom."""

from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from cryptography.x509.oid import NameOID
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from automix_devkit.controlplane.certificates import CertificateAuthority, KeyPair, signing_keys

NOW = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def authority() -> CertificateAuthority:
    return CertificateAuthority(NOW)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(x509.IPAddress(IPv4Address("127.0.0.1")), id="by address"),
        pytest.param(x509.DNSName("localhost"), id="by name"),
    ],
)
def test_clients_that_trust_the_authority_trust_its_servers_on_this_machine(
    authority: CertificateAuthority, name: x509.IPAddress | x509.DNSName
) -> None:
    chain = policy(authority, NOW).build_server_verifier(name).verify(certificate(authority.server()), [])
    assert chain[-1] == x509.load_pem_x509_certificate(authority.certificate.encode())


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(x509.IPAddress(IPv4Address("127.0.0.2")), id="another address"),
        pytest.param(x509.DNSName("example.com"), id="another name"),
    ],
)
def test_its_server_certificate_is_for_nothing_else(
    authority: CertificateAuthority, name: x509.IPAddress | x509.DNSName
) -> None:
    verifier = policy(authority, NOW).build_server_verifier(name)
    with pytest.raises(VerificationError):
        verifier.verify(certificate(authority.server()), [])


def test_another_authority_is_not_trusted(authority: CertificateAuthority) -> None:
    verifier = policy(CertificateAuthority(NOW), NOW).build_server_verifier(x509.DNSName("localhost"))
    with pytest.raises(VerificationError):
        verifier.verify(certificate(authority.server()), [])


def test_a_client_certificate_names_the_user_and_the_group(authority: CertificateAuthority) -> None:
    pair = authority.client("me", "system:masters")
    subject = certificate(pair).subject
    assert [name.value for name in subject.get_attributes_for_oid(NameOID.COMMON_NAME)] == ["me"]
    assert [name.value for name in subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)] == ["system:masters"]


def test_certificates_expire_after_a_week(authority: CertificateAuthority) -> None:
    later = policy(authority, NOW + timedelta(days=8)).build_server_verifier(x509.DNSName("localhost"))
    with pytest.raises(VerificationError):
        later.verify(certificate(authority.server()), [])


def test_public_and_private_signing_keys_belong_together() -> None:
    pair = signing_keys()
    private = load_pem_private_key(pair.private.encode(), None)
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    assert private.public_key() == load_pem_public_key(pair.public.encode())


def test_a_private_key_is_not_shown() -> None:
    pair = signing_keys()
    assert "PRIVATE" not in repr(pair)


def certificate(pair: KeyPair) -> x509.Certificate:
    return x509.load_pem_x509_certificate(pair.public.encode())


def policy(authority: CertificateAuthority, now: datetime) -> PolicyBuilder:
    root = x509.load_pem_x509_certificate(authority.certificate.encode())
    return PolicyBuilder().store(Store([root])).time(now)
