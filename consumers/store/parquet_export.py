"""The store as Parquet files, for DuckDB and its like: one of RRsets, one of failures.

Rows of many stores merge: min of first, max of last, sum of count, by the other columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from ipaddress import ip_address
from itertools import islice
from pathlib import Path
from typing import Any

from nxcast.consumers.show.console import CommandError
from nxcast.consumers.store.database import Flood, Store
from nxcast.consumers.store.presentation import rdata_text
from nxcast.consumers.store.rows import FailureRow, RRsetRow
from nxcast.process.ending import reason
from nxcast.process.file_replacement import remove_unfinished, replacing
from nxcast.schemas.codes import rcode_text, type_text
from nxcast.schemas.message import name_of

__all__ = ["NODATA", "export"]

GROUP_ROWS = 65_536  # rows of a row group, of about 300 octets each as Python's objects: 20 MB
NODATA = "NODATA"  # what a failure with RCODE 0 is called
TIME_MAX = 253_402_300_799  # seconds, the end of the year 9999, as far as datetime goes


def export(store: Store, prefix: str) -> list[tuple[str, int]]:
    """Write PREFIX-rrsets.parquet and PREFIX-failures.parquet; names and rows. CommandError if not."""
    try:
        import pyarrow as pa
    except ImportError as error:
        raise CommandError("--export needs pyarrow: pip install 'pyarrow>=26,<27'") from error
    time, text, texts = pa.timestamp("s", "UTC"), pa.string(), pa.list_(pa.string())
    tables: list[tuple[str, dict[str, Any], Iterator[dict[str, Any]]]] = [
        (
            "rrsets",
            {
                "rrname": text,
                "rrtype": text,
                "bailiwick": text,
                "verified": pa.bool_(),
                "rdata": texts,
                "time_first": time,
                "time_last": time,
                "count": pa.uint64(),
                "zone_time_first": time,
                "zone_time_last": time,
            },
            map(_rrset, store.rrsets()),
        ),
        (
            "failures",
            {
                "qname": text,
                "qtype": text,
                "rcode": text,
                "zone": text,
                "time_first": time,
                "time_last": time,
                "count": pa.uint64(),
                "soa": text,
                "servers": texts,
                "names": pa.uint64(),
            },
            _failures(store),
        ),
    ]
    written = []
    for name, columns, rows in tables:
        path = f"{prefix}-{name}.parquet"
        try:
            written.append((path, _write(pa, path, pa.schema(columns), rows)))
        except OSError as error:
            raise CommandError(f"can't write {path}: {reason(error)}") from error
    return written


def _write(pa: Any, path: str, schema: Any, rows: Iterator[dict[str, Any]]) -> int:
    """Write a file that is there whole or not at all; how many rows it has."""
    import pyarrow.parquet as pq

    remove_unfinished(Path(path))  # of an export that was killed
    written = 0
    with (
        replacing(Path(path), mode=0o666) as file,
        pq.ParquetWriter(file, schema, compression="zstd") as writer,
    ):
        while group := list(islice(rows, GROUP_ROWS)):
            writer.write_table(pa.Table.from_pylist(group, schema))
            written += len(group)
    return written


def _rrset(row: RRsetRow) -> dict[str, Any]:
    return {
        "rrname": name_of(row.owner),
        "rrtype": type_text(row.rrtype),
        "bailiwick": None if row.zone is None else name_of(row.zone),
        "verified": row.zone is not None,
        "rdata": [rdata_text(row.rrtype, each) for each in row.rdata],
        "time_first": _time(row.first),
        "time_last": _time(row.last),
        "count": row.count,
        "zone_time_first": _time(row.zone_first),
        "zone_time_last": _time(row.zone_last),
    }


def _failures(store: Store) -> Iterator[dict[str, Any]]:
    yield from map(_failure, store.failures())
    yield from map(_flood, store.floods())


def _failure(row: FailureRow) -> dict[str, Any]:
    return {
        "qname": name_of(row.qname),
        "qtype": type_text(row.qtype),
        "rcode": NODATA if row.rcode == 0 else rcode_text(row.rcode),
        "zone": name_of(row.zone),
        "time_first": _time(row.first),
        "time_last": _time(row.last),
        "count": row.count,
        "soa": None if row.soa is None else name_of(row.soa),
        "servers": _addresses(row.servers),
    }


def _flood(row: Flood) -> dict[str, Any]:
    """What a zone had beyond its rows: no name, and about how many there were."""
    return {
        "zone": name_of(row.zone),
        "time_first": _time(row.first),
        "time_last": _time(row.last),
        "count": row.count,
        "names": row.names,
    }


def _addresses(packed: Iterable[bytes]) -> list[str]:
    return [str(ip_address(each)) for each in packed]


def _time(time_s: int) -> datetime | None:
    return datetime.fromtimestamp(min(time_s, TIME_MAX), UTC) if time_s else None
