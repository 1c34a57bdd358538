"""A store in a bucket is used like one on disk; the service is a local one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

import calltrace
from calltrace.errors import InputError, UsageError
from calltrace.intake.store import Store, is_store, parts, places
from intake_store import lines, same

moto_server = pytest.importorskip("moto.server")
boto3 = pytest.importorskip("boto3")

Write = Callable[[str, Iterable[str]], Path]
PLACE = "s3://acme-calls/kept/store"


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    server = moto_server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(service: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    for name, value in {
        "AWS_ENDPOINT_URL": service,
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():
        monkeypatch.setenv(name, value)
    client = boto3.client("s3")
    client.create_bucket(Bucket="acme-calls")
    yield PLACE
    for one in client.list_objects_v2(Bucket="acme-calls").get("Contents", ()):
        client.delete_object(Bucket="acme-calls", Key=one["Key"])


def test_a_bucket_is_used_like_a_disk(bucket: str, write: Write) -> None:
    assert not is_store(bucket)
    calls = write("a.csv", lines([1, 2, 3]))
    store = Store.open(bucket, create=True)
    assert store.import_(calls).added == {"calls": 24}
    assert store.import_(calls).unchanged
    assert is_store(bucket)
    same(calltrace.load(calls).calls, calltrace.load(bucket).calls, "calls")
    assert len(store.find(caller="+17175551002")) == 3
    assert int(store.intervals()["offered"].sum()) == 24
    found = store.verify()
    assert (found.faults, found.orphans) == ((), ())
    forgotten = store.forget("+17175551002")
    assert (forgotten.rows_by_table, forgotten.left) == ({"calls": 3}, 0)
    assert store.dataset("calls").count_rows() == 24


def test_a_bucket_with_other_objects_holds_no_store_at_its_root(bucket: str, write: Write) -> None:
    """What it does not know it would take for left-overs."""
    calls = write("a.csv", lines([1]))
    client = boto3.client("s3")
    client.put_object(Bucket="acme-calls", Key="photos/a.png", Body=b"x")
    client.put_object(Bucket="acme-calls", Key="kept/store/thesis.doc", Body=b"x")
    for place, other in (("s3://acme-calls", "photos"), (bucket, "thesis.doc")):
        with pytest.raises(UsageError, match=f"is no store and holds other files .*{other}"):
            Store.open(place, create=True).import_(calls)
    Store.open(f"{bucket}/own", create=True).import_(calls)
    keys = {one["Key"] for one in client.list_objects_v2(Bucket="acme-calls")["Contents"]}
    assert {"photos/a.png", "kept/store/thesis.doc", "kept/store/own/calltrace-store.json"} <= keys


def test_two_imports_at_once_into_a_bucket(bucket: str, write: Write) -> None:
    ways = [write(f"{n}.csv", lines(range(n, n + 3))) for n in (1, 2, 3)]
    threads = [threading.Thread(target=Store.open(bucket, create=True).import_, args=(w,)) for w in ways]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    store = Store.open(bucket)
    assert sorted(store.read().calls["call_id"]) == sorted(calltrace.load(ways).calls["call_id"])
    assert store.verify().ok


def test_only_one_of_two_creates_a_name(bucket: str) -> None:
    place = places.place_of(bucket)
    assert place.create("manifest/1.json", b"one")
    assert not place.create("manifest/1.json", b"two")
    assert place.read("manifest/1.json") == b"one"


def test_the_endpoint_may_stand_in_the_aws_configuration(
    bucket: str, service: str, write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "aws").write_text(f"[default]\nregion = us-east-1\nendpoint_url = {service}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "aws"))
    for name in ("AWS_ENDPOINT_URL", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)  # it has read the configuration already
    Store.open(bucket, create=True).import_(write("a.csv", lines([1])))
    assert len(calltrace.load(bucket).calls) == 8


def test_an_endpoint_without_its_scheme_is_said(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "minio.example:9000")
    with pytest.raises(InputError, match=r"Invalid endpoint: minio\.example:9000; .*http:// or https:// before it"):
        Store.open(bucket)


def test_a_put_whose_answer_was_lost_is_ones_own(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The client library tries it again, and is then refused for what it has put itself."""
    place = places.ObjectPlace(bucket)
    put = place.client.put_object

    def twice(**given: object) -> object:
        put(**given)
        return put(**given)

    monkeypatch.setattr(place.client, "put_object", twice)
    assert place.create("manifest/1.json", b"one")
    assert not place.create("manifest/1.json", b"two")


def test_a_service_that_is_down_damages_nothing(bucket: str, write: Write) -> None:
    store = Store.open(bucket, create=True)
    store.import_(write("a.csv", lines([1])))
    (part,) = store.state().of("calls")
    boto3.client("s3").put_object(Bucket="acme-calls", Key=f"kept/store/{part.file}", Body=b"PAR1 no more")
    with pytest.raises(InputError, match="expected a Parquet file as it was written"):
        store.read()
    refused = OSError("When reading information for key 'a.parquet' in bucket 'b': AWS Error NETWORK_CONNECTION: curlCode: 7")
    said = str(parts.unreadable(store.place, part, refused))
    assert "AWS Error NETWORK_CONNECTION: curlCode: 7; expected object storage that answers" in said
    assert "import its logs" not in said


def test_what_is_wrong_with_a_bucket_is_said(bucket: str) -> None:
    with pytest.raises(InputError, match="NoSuchBucket"):
        Store.open("s3://no-such-bucket/store")
    with pytest.raises(UsageError, match="no bucket"):
        Store.open("s3://")
    with pytest.raises(UsageError, match="expected a folder, or s3://"):
        Store.open("ftp://host/store")
    assert bucket == PLACE
