"""Backups in a bucket (S3 and what speaks like it: OSS, COS, OBS, MinIO)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO

from guiju.backups.target import LONGEST_WRITING, FileMissing, Item, TargetFault

_CONNECT_SECONDS = 5
_READ_SECONDS = 30
_ATTEMPTS = 2
_FIRST_PART = 8 * 2**20
_AT_ONCE = 1000


@dataclass(frozen=True)
class Bucket:
    """Where a bucket is and who may write there."""

    name: str
    prefix: str = ""
    endpoint: str | None = None
    region: str | None = None
    key: str | None = None
    secret: str | None = None
    by_path: bool = False
    """The bucket's name stands in the path and not in the host's (MinIO, and tests)."""
    authorities: str | None = None
    """A file with the certificates of a company's own authority."""


class S3Target:
    """A bucket; every answer is waited for at most 30 seconds, and asked for twice."""

    def __init__(self, bucket: Bucket) -> None:
        import boto3
        from botocore.config import Config

        self._bucket = bucket
        self._client: Any = boto3.session.Session().client(
            "s3",
            endpoint_url=bucket.endpoint,
            region_name=bucket.region,
            aws_access_key_id=bucket.key,
            aws_secret_access_key=bucket.secret,
            verify=bucket.authorities,
            config=Config(
                connect_timeout=_CONNECT_SECONDS,
                read_timeout=_READ_SECONDS,
                retries={"total_max_attempts": _ATTEMPTS, "mode": "standard"},
                s3={"addressing_style": "path" if bucket.by_path else "virtual"},
                # The checksums that boto3 adds by itself since 2025 are refused by others than Amazon.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )

    def __str__(self) -> str:
        return f"{self._bucket.name}/{self._bucket.prefix}"

    def prepare(self) -> None:
        """A bucket that can't be listed is told at once."""
        self._ask(self._client.list_objects_v2, Prefix=self._bucket.prefix, MaxKeys=1)

    def put(self, name: str, parts: Iterable[bytes]) -> None:
        pieces = _gathered(parts)
        first = next(pieces, b"")
        second = next(pieces, None)
        if second is None:
            self._ask(self._client.put_object, Key=self._key(name), Body=first)
            return
        begun = self._ask(self._client.create_multipart_upload, Key=self._key(name))
        upload = {"Key": self._key(name), "UploadId": begun["UploadId"]}
        try:
            written = []
            for number, piece in enumerate(_chain(first, second, pieces), start=1):
                answer = self._ask(self._client.upload_part, **upload, PartNumber=number, Body=piece)
                written.append({"PartNumber": number, "ETag": answer["ETag"]})
            self._ask(self._client.complete_multipart_upload, **upload, MultipartUpload={"Parts": written})
        except BaseException:
            with suppress(TargetFault):
                self._ask(self._client.abort_multipart_upload, **upload)
            raise

    def get(self, name: str) -> AbstractContextManager[BinaryIO]:
        return self._reading(name)

    @contextmanager
    def _reading(self, name: str) -> Iterator[BinaryIO]:
        answer = self._ask(self._client.get_object, name=name, Key=self._key(name))
        body = answer["Body"]
        try:
            yield _Told(body, self._fault)  # type: ignore[misc]
        finally:
            body.close()

    def list(self, under: str = "") -> Iterator[Item]:
        more: dict[str, str] = {}
        while True:
            answer = self._ask(self._client.list_objects_v2, Prefix=self._key(under), **more)
            for found in answer.get("Contents", ()):
                yield Item(found["Key"].removeprefix(self._bucket.prefix), found["Size"])
            if not answer.get("IsTruncated"):
                return
            more = {"ContinuationToken": answer["NextContinuationToken"]}

    def delete(self, names: Iterable[str]) -> None:
        # One by one: for many at once Amazon wants a checksum that others don't know.
        for name in names:
            self._ask(self._client.delete_object, Key=self._key(name))

    def free_bytes(self) -> int | None:
        return None

    def tidy(self, *, at: datetime) -> None:
        """Uploads that a killed writer left half done cost money and are seen in no list."""
        answer = self._ask(self._client.list_multipart_uploads, Prefix=self._bucket.prefix, MaxUploads=_AT_ONCE)
        for upload in answer.get("Uploads", ()):
            if upload["Initiated"] < at - LONGEST_WRITING:
                self._ask(self._client.abort_multipart_upload, Key=upload["Key"], UploadId=upload["UploadId"])

    def _key(self, name: str) -> str:
        return self._bucket.prefix + name

    def _ask(self, call: Callable[..., Any], *, name: str | None = None, **arguments: Any) -> Any:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return call(Bucket=self._bucket.name, **arguments)
        except ClientError as failure:
            if name is not None and failure.response["Error"].get("Code") in {"NoSuchKey", "404"}:
                raise FileMissing(name) from None
            raise self._fault(failure) from failure
        except BotoCoreError as failure:
            raise self._fault(failure) from failure

    def _fault(self, failure: Exception) -> TargetFault:
        answer = getattr(failure, "response", None) or {}
        code = answer.get("Error", {}).get("Code")
        reason = _REASONS.get(str(code)) or _REASONS.get(type(failure).__name__) or str(code or failure)
        return TargetFault("target_fault", f"备份存储桶 {self._bucket.name} 用不了：{reason}")


_REASONS = {
    "AccessDenied": "没有权限",
    "403": "没有权限",
    "InvalidAccessKeyId": "没有这个访问密钥",
    "SignatureDoesNotMatch": "访问密钥不对",
    "NoSuchBucket": "没有这个存储桶",
    "QuotaExceeded": "配额已满",
    "EndpointConnectionError": "连不上",
    "ConnectTimeoutError": "连接超时",
    "ReadTimeoutError": "没有按时应答",
    "NoCredentialsError": "没有给出访问密钥",
    "RequestTimeTooSkewed": "本机的时间不准",
}


class _Told:
    """A body whose network troubles are told as the target's."""

    def __init__(self, body: Any, fault: Callable[[Exception], TargetFault]) -> None:
        self._body = body
        self._fault = fault

    def read(self, size: int = -1) -> bytes:
        from botocore.exceptions import BotoCoreError
        from urllib3.exceptions import HTTPError

        try:
            return bytes(self._body.read() if size < 0 else self._body.read(size))
        except (BotoCoreError, HTTPError, OSError) as failure:
            raise self._fault(failure) from failure


def _gathered(parts: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in parts that grow: a bucket takes 10,000 of at least 5 MB, which then make 8 TB."""
    number, held = 0, bytearray()
    for part in parts:
        held += part
        if len(held) >= _FIRST_PART << number // _AT_ONCE:
            yield bytes(held)
            number, held = number + 1, bytearray()
    if held:
        yield bytes(held)


def _chain(first: bytes, second: bytes, others: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield second
    yield from others
