"""Where a store lies: a folder of this machine, or a bucket of S3-compatible object storage.

Both are used alike. Files are written once under a name nobody else uses and never changed, so nothing a reader
has open can be torn. One operation must be all or nothing even when two processes try it at once,
:meth:`Place.create`: on a disk a hard link, which fails where the name is taken; on object storage a conditional
put (``If-None-Match: *``), which S3 and what is compatible with it refuse in the same way.

Names are relative to the store, with ``/`` between their parts on every platform.
"""

from __future__ import annotations

import os
import re
import tempfile
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from calltrace.classes import dataclass
from calltrace.errors import InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

OWNER_FILE = 0o600
OWNER_FOLDER = 0o700
AT_ONCE = 8
"""Files that a disk is asked at once to keep. Each is handed a share of all: handing one over takes as long as keeping it."""
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


@dataclass(frozen=True)
class Listed:
    """One file of a store: its name, size in bytes and when it was last written (seconds since 1970)."""

    name: str
    size: int
    modified: float


class Place(Protocol):
    """What a store needs of the place it lies in."""

    url: str
    remote: bool
    fresh: set[str]
    """Names written here by this process, for whoever has to take them back."""

    def path(self, name: str) -> str:
        """Return the name as :attr:`filesystem` knows it."""

    def filesystem(self) -> Any:
        """Return the pyarrow filesystem that reads the place."""

    def read(self, name: str) -> bytes:
        """Return a file's bytes; FileNotFoundError where there is none."""

    def write(self, name: str, data: bytes | memoryview) -> None:
        """Write a new file, whole or not at all."""

    def create(self, name: str, data: bytes | memoryview) -> bool:
        """Write a file unless the name is taken; say whether it was written. Atomic among processes."""

    def listing(self, folder: str = "") -> list[Listed]:
        """Return every file below a folder, sorted by name; none where there is no such folder."""

    def top(self) -> list[str]:
        """Return what lies at the place itself, files and folders, sorted; none where there is no such place."""

    def delete(self, names: Iterable[str]) -> None:
        """Delete files; one that is gone already is no mistake."""

    def settle(self) -> None:
        """Return once everything written would survive a loss of power."""


def place_of(url: str | os.PathLike[str]) -> Place:
    """Return the place of a path, ``file://`` or ``s3://`` address.

    Raises
    ------
    UsageError
        For an address of another kind.
    """
    name = os.fspath(url)
    if not name.strip():  # it would be the working folder
        raise UsageError(
            "the store's place is empty", expected="a folder, or s3://BUCKET/FOLDER",
            fix="Is the variable set that should name it?")
    scheme = re.match(r"^([a-z][a-z0-9+.-]+)://", name, re.IGNORECASE)
    if scheme is None:
        return LocalPlace(name)
    kind = scheme[1].lower()
    if kind == "file":
        return LocalPlace(name[len("file://") :])
    if kind == "s3":
        return ObjectPlace(name)
    raise UsageError(
        f"the store is {name!r}", expected="a folder, or s3://BUCKET/FOLDER",
        fix="S3-compatible services are reached by s3:// and AWS_ENDPOINT_URL.",
    )  # fmt: skip


def apart(place: Place, paths: Iterable[object]) -> None:
    """See that a store on a disk lies in none of the folders that are imported into it, hidden ones but, which none searches.

    Raises
    ------
    UsageError
        Where it does.
    """
    if not isinstance(place, LocalPlace):
        return
    store = place.folder.resolve()
    for given in paths:
        text = str(getattr(given, "path", given))
        folder = Path(text).expanduser().resolve()
        if "://" in text or not folder.is_dir() or not store.is_relative_to(folder):
            continue
        if not any(part.startswith(".") for part in store.relative_to(folder).parts):
            raise UsageError(
                f"the store {place.url} would lie within the logs, {text}", expected="a folder apart from them",
                fix="Name another one: --store, or [store] path in the configuration.",
            )  # fmt: skip


# --- a folder -----------------------------------------------------------------------------------------------


class LocalPlace:
    """A folder on this machine, its owner's alone."""

    remote = False

    def __init__(self, folder: str) -> None:
        self.folder = Path(folder).expanduser()
        self.url = str(self.folder)
        self.fresh: set[str] = set()
        self._made: set[str] = set()
        self._unsettled: list[str] = []

    def path(self, name: str) -> str:
        """Return the file's path on this machine."""
        return os.path.join(self.url, name)  # noqa: PTH118 - called for each file

    def filesystem(self) -> Any:
        """Return pyarrow's view of the disk."""
        from pyarrow import fs  # noqa: PLC0415 - a look at the manifest does not need it

        return fs.LocalFileSystem(use_mmap=True)

    def read(self, name: str) -> bytes:
        """Return a file's bytes; FileNotFoundError where there is none."""
        try:
            return (self.folder / name).read_bytes()
        except FileNotFoundError:
            raise
        except OSError as error:
            raise _unreadable(self.path(name), error) from error

    def write(self, name: str, data: bytes | memoryview) -> None:
        """Write a file under a name that is only this process's; nothing names it before it is whole."""
        target = self.path(name)  # text: an import writes two files a day, and Path takes longer than the kernel
        folder = os.path.dirname(target)  # noqa: PTH120 - as above
        try:
            self._make(folder)
            handle = os.open(target, _NEW, OWNER_FILE)
            try:
                with open(handle, "wb", buffering=0) as file:  # noqa: PTH123 - as above
                    rest = memoryview(data)
                    while rest:
                        rest = rest[file.write(rest) or 0 :]
                    _begin_to_keep(handle)
            except BaseException:
                Path(target).unlink(missing_ok=True)
                raise
        except OSError as error:
            raise self._refused(folder, error) from error
        self.fresh.add(name)
        self._unsettled.append(target)

    def create(self, name: str, data: bytes | memoryview) -> bool:
        """Link a finished file to the name, which fails where another process was first."""
        target = self.folder / name
        made = self._beside(target, data, sync=True)
        try:
            os.link(made, target)
        except FileExistsError:
            return False
        except OSError as error:
            if target.exists():
                return False
            if os.name == "nt":  # there a rename onto a name that is taken fails, as is wanted
                made.rename(target)
                return True
            raise InputError(
                f"{self.folder} is on a file system without hard links ({error.strerror})",
                expected="a disk on which two imports can be kept apart",
                fix="Keep the store on a local disk, or on object storage.",
            ) from error
        finally:
            made.unlink(missing_ok=True)
        self._sync(str(target.parent))
        return True

    def _beside(self, target: Path, data: bytes | memoryview, *, sync: bool = False) -> Path:
        try:
            self._make(str(target.parent))
            handle, name = tempfile.mkstemp(dir=target.parent, prefix=".new-")  # 0600
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(data)
                    if sync:
                        file.flush()
                        os.fsync(file.fileno())
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise
        except OSError as error:
            raise self._refused(target.parent, error) from error
        return Path(name)

    @staticmethod
    def _refused(folder: str | Path, error: OSError) -> InputError:
        return InputError(
            f"{folder} can't be written to ({error.strerror})",
            expected="room and the right to write the store",
            fix="Nothing was changed; name another place with --store.",
        )

    def _make(self, folder: str) -> None:
        """Make a folder and those it lies in, each the owner's alone."""
        if folder in self._made:
            return
        try:
            os.mkdir(folder, OWNER_FOLDER)  # noqa: PTH102 - as in write
        except FileNotFoundError:
            above = os.path.dirname(folder)  # noqa: PTH120 - as in write
            if above in {"", folder}:
                raise
            self._make(above)
            Path(folder).mkdir(mode=OWNER_FOLDER, exist_ok=True)
        except OSError:
            if not os.path.isdir(folder):  # noqa: PTH112 - as in write
                raise
        self._made.add(folder)

    def listing(self, folder: str = "") -> list[Listed]:
        """Walk the folder; what vanishes meanwhile is left out."""
        found = []
        for here, _, names in os.walk(self.folder / folder):
            for name in names:
                path = Path(here, name)
                try:
                    about = path.stat()
                except FileNotFoundError:
                    continue
                inside = path.relative_to(self.folder).as_posix()
                found.append(Listed(inside, about.st_size, about.st_mtime))
        return sorted(found, key=lambda f: f.name)

    def top(self) -> list[str]:
        """Name what lies in the folder."""
        try:
            return sorted(os.listdir(self.folder))  # noqa: PTH208 - names alone are wanted
        except FileNotFoundError:
            return []
        except OSError as error:
            raise _unreadable(self.url, error) from error

    def delete(self, names: Iterable[str]) -> None:
        """Delete files, and the day folders that are empty then."""
        for name in names:
            path = self.folder / name
            path.unlink(missing_ok=True)
            if path.parent != self.folder and path.parent.name.startswith("day="):
                try:
                    path.parent.rmdir()
                except OSError:
                    continue  # not empty
                self._made.discard(str(path.parent))

    def settle(self) -> None:
        """Have the kernel write out what was written here, and the folders it is named in."""
        waiting, self._unsettled = self._unsettled, []
        folders = {os.path.dirname(path) for path in waiting}  # noqa: PTH120 - as in write
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for paths in (waiting, [*folders | {os.path.dirname(f) or os.curdir for f in folders}]):  # noqa: PTH120
                list(pool.map(self._sync_all, [paths[n::AT_ONCE] for n in range(AT_ONCE)]))

    @classmethod
    def _sync_all(cls, paths: Iterable[str]) -> None:
        for path in paths:
            cls._sync(path)

    @staticmethod
    def _sync(path: str) -> None:
        if os.name == "nt" and os.path.isdir(path):  # noqa: PTH112 - as in write
            return
        try:
            handle = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
        except FileNotFoundError:  # deleted meanwhile: nothing to keep
            return
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _begin_to_keep(handle: int) -> None:
    """Have the kernel begin to write a file out, without waiting: while others are made, and not all at the end."""
    if hasattr(os, "posix_fadvise"):  # what is being written out stays in memory, whatever the word says
        with suppress(OSError):  # a hint: a file system that takes none keeps the file all the same
            os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)


def _unreadable(path: str, error: OSError) -> InputError:
    return InputError(f"{path} can't be read ({error.strerror or error})", expected="a file of the store")


# --- object storage -----------------------------------------------------------------------------------------


_AMAZONS = re.compile(r"https://s3[.-][^/]*amazonaws\.com(\.cn)?/?$")
"""Where Amazon's own service is, if nothing else is named."""


class ObjectPlace:
    """A folder of a bucket. Credentials, region and endpoint come from the environment, as for the AWS tools.

    ``AWS_ENDPOINT_URL_S3`` or ``AWS_ENDPOINT_URL``, or ``endpoint_url`` in the AWS configuration, name a service that is
    not Amazon's (MinIO, Ceph, R2, …).
    """

    remote = True

    def __init__(self, url: str) -> None:
        rest = url[len("s3://") :].strip("/")
        self.bucket, _, self.prefix = rest.partition("/")
        if not self.bucket or "@" in self.bucket:
            raise UsageError(
                "the store's address names no bucket", expected="s3://BUCKET/FOLDER",
                fix="Credentials belong in the environment, never in the address.",
            )  # fmt: skip
        self.url = f"s3://{rest}"
        self.fresh: set[str] = set()
        self._client: Any = None
        self._fs: Any = None

    @property
    def client(self) -> Any:
        """The boto3 client; made when first needed."""
        if self._client is None:
            try:
                import boto3  # noqa: PLC0415 - an extra
            except ImportError as error:
                raise InputError(
                    f"{self.url} is object storage, and boto3 is not installed",
                    fix='Install it: pip install "calltrace-cli[s3]".',
                ) from error
            try:
                self._client = boto3.client("s3")
            except ValueError as error:  # an endpoint without http:// before it
                raise self._failed(error, "") from error
        return self._client

    def path(self, name: str) -> str:
        """Return bucket and key."""
        return f"{self.bucket}/{self._key(name)}"

    def _key(self, name: str) -> str:
        return f"{self.prefix}/{name}".strip("/") if name else self.prefix

    def filesystem(self) -> Any:
        """Return pyarrow's S3 filesystem, at the endpoint that the environment or the AWS configuration names.

        Of pyarrow's own accord it would look into the environment alone, and ask Amazon.
        """
        if self._fs is None:
            from pyarrow import fs  # noqa: PLC0415 - as above

            about = self.client.meta
            named = {"endpoint_override": about.endpoint_url, "region": os.environ.get("AWS_REGION") or about.region_name}
            if _AMAZONS.match(about.endpoint_url):
                del named["endpoint_override"]
            self._fs = fs.S3FileSystem(**{k: v for k, v in named.items() if v and v != "aws-global"})
        return self._fs

    def _failed(self, error: Exception, name: str) -> InputError:
        return InputError(
            f"{self.url}/{name}: {str(error) or type(error).__name__}",
            expected="object storage that answers",
            fix="Check the address, AWS_ENDPOINT_URL (http:// or https:// before it) and the credentials.",
        )

    def _code(self, error: Exception) -> str:
        answer = getattr(error, "response", None) or {}
        return str(answer.get("Error", {}).get("Code", ""))

    def read(self, name: str) -> bytes:
        """Return an object's bytes; FileNotFoundError where there is none."""
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - an extra

        try:
            found: bytes = self.client.get_object(Bucket=self.bucket, Key=self._key(name))["Body"].read()
        except (ClientError, BotoCoreError) as error:
            if self._code(error) in {"NoSuchKey", "404"}:
                raise FileNotFoundError(name) from error
            raise self._failed(error, name) from error
        return found

    def write(self, name: str, data: bytes | memoryview) -> None:
        """Put an object: it is whole or not there."""
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - an extra

        try:
            self.client.put_object(Bucket=self.bucket, Key=self._key(name), Body=bytes(data))
        except (ClientError, BotoCoreError) as error:
            raise self._failed(error, name) from error
        self.fresh.add(name)

    def create(self, name: str, data: bytes | memoryview) -> bool:
        """Put an object on condition that there is none of that key."""
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - an extra

        try:
            self.client.put_object(Bucket=self.bucket, Key=self._key(name), Body=bytes(data), IfNoneMatch="*")
        except ClientError as error:
            if self._code(error) in {"PreconditionFailed", "ConditionalRequestConflict", "412", "409"}:
                return self._is(name, data)
            raise self._failed(error, name) from error
        except BotoCoreError as error:
            raise self._failed(error, name) from error
        return True

    def _is(self, name: str, data: bytes | memoryview) -> bool:
        """Say whether an object is what was put: boto3 tries again where the answer to a put that was done got lost."""
        try:
            return self.read(name) == bytes(data)
        except FileNotFoundError:
            return False

    def listing(self, folder: str = "") -> list[Listed]:
        """List the objects below a folder, however many pages they fill."""
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - an extra

        start = self._key(folder)
        start = f"{start}/" if start else ""
        skip = len(self.prefix) + 1 if self.prefix else 0
        found = []
        try:
            pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=start)
            for page in pages:
                for one in page.get("Contents", ()):
                    modified: datetime = one["LastModified"]
                    found.append(Listed(one["Key"][skip:], int(one["Size"]), modified.astimezone(UTC).timestamp()))
        except (ClientError, BotoCoreError) as error:
            raise self._failed(error, folder) from error
        return sorted(found, key=lambda f: f.name)

    def top(self) -> list[str]:
        """Name the objects and folders of the prefix; of very many the first thousand."""
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - an extra

        start = f"{self.prefix}/" if self.prefix else ""
        try:
            page = self.client.list_objects_v2(Bucket=self.bucket, Prefix=start, Delimiter="/")
        except (ClientError, BotoCoreError) as error:
            raise self._failed(error, "") from error
        keys = [one["Key"] for one in page.get("Contents", ())] + [one["Prefix"] for one in page.get("CommonPrefixes", ())]
        return sorted({key[len(start) :].rstrip("/") for key in keys} - {""})

    def delete(self, names: Iterable[str]) -> None:
        """Delete objects one by one: not every service knows the request for many."""
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - an extra

        for name in names:
            try:
                self.client.delete_object(Bucket=self.bucket, Key=self._key(name))
            except (ClientError, BotoCoreError) as error:
                raise self._failed(error, name) from error

    def settle(self) -> None:
        """Nothing to wait for: a put that was answered is kept."""


def new_name() -> str:
    """Return a name no other process will choose."""
    return uuid.uuid4().hex[:20]
