"""A time stamp over a checkpoint (可信时间戳, RFC 3161), asked for over HTTP and verified before it is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from guiju.kernel.errors import Refused
from guiju.net.bounded import Deadline, Trouble, fetch

LARGEST_SKEW = timedelta(minutes=10)
"""How far the authority's clock may be from ours: more, and one of the two is wrong, which has to be told."""


@dataclass(frozen=True)
class Stamp:
    """The answer as it came (DER of a TimeStampResp), and the moment that it certifies."""

    receipt: bytes
    at: datetime


def stamp(body: bytes, *, url: str, root: Path, deadline: Deadline, at: datetime) -> Stamp:
    """Have the authority stamp the SHA-256 digest of these bytes. Raises `Trouble`."""
    trusted = certificates_of(root)
    request = TimestampRequestBuilder().data(body).hash_algorithm(HashAlgorithm.SHA256).build()
    headers = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
    status, answer = fetch(url, deadline, body=request.as_bytes(), headers=headers)
    if status != 200:
        raise Trouble("answer", f"{url} answered {status}")
    try:
        response = decode_timestamp_response(answer)
        verifier = VerifierBuilder.from_request(request)
        for certificate in trusted:
            is_root = certificate.issuer == certificate.subject
            verifier = (
                verifier.add_root_certificate(certificate)
                if is_root
                else verifier.add_intermediate_certificate(certificate)
            )
        verifier.build().verify_message(response, body)
        certified = response.tst_info.gen_time
    except VerificationError as fault:
        raise Trouble("token", f"{url}: {fault}") from None
    except Exception as fault:
        # Its decoder is written in Rust and raises what it likes on bytes that are no time stamp.
        raise Trouble("answer", f"{url} sent no time stamp: {type(fault).__name__}") from None
    if certified.tzinfo is None:
        certified = certified.replace(tzinfo=UTC)
    if abs(certified - at) > LARGEST_SKEW:
        raise Trouble("state", f"{url} certifies {certified.isoformat()}, our clock says {at.isoformat()}")
    return Stamp(answer, certified)


def certificates_of(path: Path) -> list[x509.Certificate]:
    """The authority's root, and what lies between where the authority doesn't send it along."""
    try:
        return x509.load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError):
        raise Refused("tsa_root", f"时间戳机构的根证书 {path.name} 读不懂：应为 PEM 证书") from None
