"""nxcast-consume record: write a channel to Parquet files.

A row is a record: the columns of CSV (`columns`), with times as timestamps, ports and IDs as numbers, octets
as they are. Memory is bounded by octets as well as by rows, and each file is whole or not there (`rotation`).
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from functools import partial
from logging import WARNING
from typing import Any, BinaryIO

from nxcast.consumers.keep.rotation import RotatedFiles, add_rotation, prefix_for
from nxcast.consumers.show.columns import CODES, COLUMNS, EDE, TIME, ede_text, known, table_of
from nxcast.consumers.show.console import CommandError, account, add_show_keys, plural, say, topic_argument
from nxcast.consumers.show.feed import add_from, open_feed
from nxcast.consumers.show.redact import redacted
from nxcast.consumers.show.where import Where, add_where
from nxcast.schemas.topics import ANSWERS, DNS_ERRORS, NXDOMAIN, channel_of

__all__ = ["Rows", "add_parser", "run"]

TIME_MAX = 2**63 - 1  # nanoseconds since 1970, in the year 2262: what a timestamp of Parquet holds

# Records wait as Python objects, 2 KB each and their octets (two DNS messages of 64 KiB at most), until they
# become a batch of Arrow: 4,096 x 2 KB + 8 MiB = 16 MB. Batches wait until they are a row group: 0.1 to
# 0.3 KB a row, 40 MiB at most, and that twice while it is written. pyarrow keeps 15 KB for each row group of
# a file until that is complete: little, unless --rotate-count is in the hundreds of millions.
BATCH_ROWS = 4_096
BATCH_OCTETS = 8 << 20
GROUP_ROWS = 131_072  # about what DuckDB reads at once (122,880)
GROUP_OCTETS = 32 << 20

SUFFIX = ".parquet"

CHANNELS = (NXDOMAIN, DNS_ERRORS, ANSWERS)  # that are recorded
_FEW = ", ".join(CHANNELS)

# By column, the Arrow type; the others are text.
_TYPES = {
    "response_port": "uint16",
    "query_port": "uint16",
    "id": "uint16",
    "query": "binary",
    "response": "binary",
    "minimised": "bool_",
    "forwarder": "bool_",
}

_EXAMPLES = """\
examples:
  nxcast-consume record nxdomain/ .                         nxdomain-20261123T151321Z-0001.parquet and so on
  nxcast-consume record dns-errors/SERVFAIL/ /data/failed/  hourly, or after a million records
  nxcast-consume record nxdomain/ /data/ns1 --where qtype=MX --rotate-seconds 600
  nxcast-consume record nxdomain/ . --cursor here.json      each time, on from where it ended
  nxcast-consume record nxdomain/ . --from tail.jsonl       what 'tail --format json' wrote

then
  duckdb -c "select lower(soa_rrname), count(*) from 'nxdomain-*.parquet' group by all order by 2 desc"

Columns are those of 'tail --format csv': time (UTC, nanoseconds) first, types, classes and RCODEs as
mnemonics (TYPE65400 where there is none), octets as BLOB, NULL for what is not known. In DuckDB,
time at time zone 'UTC' is a timestamp that all functions take.

A file is called NAME.parquet.part until it is complete, and is of no use before; Ctrl-C completes it.
With --cursor, a run that was killed is made good by the next one: a record is done with when its file is
complete. Rotation goes by this machine's clock. Needs pyarrow: pip install 'pyarrow>=26,<27'.

exit status: 0 when ended by Ctrl-C or the end of the file; 1 when no broker answers or something can't be
read or written; 2 for wrong arguments.
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to nxcast-consume."""
    parser = commands.add_parser(
        "record",
        help="write a channel to Parquet files",
        description="Write the records of a channel to Parquet files, for DuckDB, pandas and the like.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "topic",
        type=_tabular,
        metavar="TOPIC",
        help=f"{_FEW} or one topic of them",
    )
    parser.add_argument(
        "target",
        metavar="FOLDER|PREFIX",
        help="folder for the files, or what their names begin with; nothing is overwritten",
    )
    add_rotation(parser)
    add_where(parser)
    add_show_keys(parser)
    add_from(parser)
    parser.set_defaults(run=run, fail=parser.error)


def run(args: argparse.Namespace) -> int:
    """Write records until told to stop or the file is over; the exit status."""
    choice = _Choice(Where(args.where), show_keys=args.show_keys)
    objection = choice.where.objection([args.topic])
    if objection:
        args.fail(objection)
    prefix = prefix_for(args.target, args.topic)
    begin = partial(_encoder(), table_of([args.topic]))
    with (
        RotatedFiles(
            prefix, SUFFIX, begin, max_records=args.rotate_count, max_seconds=args.rotate_seconds
        ) as files,
        open_feed(args, [args.topic], keep=True) as feed,
    ):
        for path in files.leftovers:
            say(f"{path} is unfinished: its run was killed, or writes it still; left alone", level=WARNING)
        for records in feed:
            complete = files.files
            files.write(choice.of(records), time.time())
            if files.files > complete:
                feed.keep(but_last=True)
        files.close()
        feed.keep()
        missed = account(feed.losses, feed.repaired)
    written = f"{plural(files.records, 'record')} in {plural(files.files, 'file')}"
    where = f" {prefix}-*{SUFFIX}" if files.files else ""
    say(", ".join([written + where, *choice.passed_over(), missed]))
    return 0


class _Choice:
    """Which records are written, and how many are not."""

    def __init__(self, where: Where, *, show_keys: bool) -> None:
        self.where = where
        self._show_keys = show_keys
        self._unwanted = 0
        self._too_late = 0

    def of(self, records: Sequence[Any]) -> Sequence[Any]:
        """The records to write, as they are to be written."""
        wanted = [record for record in records if self.where(record)]
        chosen = [record for record in wanted if record["time_ns"] <= TIME_MAX]
        self._unwanted += len(records) - len(wanted)
        self._too_late += len(wanted) - len(chosen)
        return chosen if self._show_keys else [redacted(record) for record in chosen]

    def passed_over(self) -> list[str]:
        """For the summary."""
        told = []
        if self.where:
            told.append(f"{plural(self._unwanted, 'record')} passed over by --where")
        if self._too_late:
            told.append(f"{plural(self._too_late, 'record')} of after 2262 passed over")
        return told


class Rows:
    """Writes records of a channel into one Parquet file: an `Encoder` of `rotation`."""

    def __init__(self, channel: str, file: BinaryIO) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        self._pa = pa
        self._schema = pa.schema([(column, _type(pa, column)) for column in COLUMNS[channel]])
        self._writer = pq.ParquetWriter(file, self._schema, compression="zstd")
        self._records: list[Any] = []
        self._octets = 0  # in them
        self._batches: list[Any] = []
        self._rows = 0  # in them
        self._size = 0  # octets of memory

    def write(self, records: Sequence[Any]) -> None:
        """Take records in; they are written a row group at a time."""
        for record in records:
            self._records.append(record)
            self._octets += _octets(record)
            if len(self._records) >= BATCH_ROWS or self._octets >= BATCH_OCTETS:
                self._end_batch()

    def finish(self) -> None:
        """Write what is left, and the footer."""
        self._end_batch()
        self._end_group()
        self._writer.close()

    def abandon(self) -> None:
        """Write nothing any more."""
        self._writer.is_open = False  # else it writes its footer as it is collected
        self._records.clear()
        self._batches.clear()

    def _end_batch(self) -> None:
        columns = [_array(self._pa, field.name, field.type, self._records) for field in self._schema]
        batch = self._pa.record_batch(columns, schema=self._schema)
        self._records.clear()
        self._octets = 0
        self._batches.append(batch)
        self._rows += batch.num_rows
        self._size += batch.nbytes
        if self._rows >= GROUP_ROWS or self._size >= GROUP_OCTETS:
            self._end_group()

    def _end_group(self) -> None:
        if self._rows:
            table = self._pa.Table.from_batches(self._batches, self._schema)
            self._writer.write_table(table, row_group_size=self._rows)
        self._batches.clear()
        self._rows = self._size = 0


def _encoder() -> type[Rows]:
    try:
        import pyarrow.parquet  # noqa: F401  only here: it takes 0.2 s and 30 MB, and is an extra
    except ImportError as error:
        raise CommandError("record needs pyarrow: pip install 'pyarrow>=26,<27'") from error
    return Rows


def _type(pa: Any, column: str) -> Any:
    if column == TIME:
        return pa.timestamp("ns", "UTC")
    return getattr(pa, _TYPES.get(column, "string"))()


def _array(pa: Any, column: str, of_type: Any, records: Sequence[Any]) -> Any:
    if column == EDE:
        return pa.array([ede_text(record) for record in records], of_type)
    field = "time_ns" if column == TIME else column
    values = [known(field, record.get(field)) for record in records]
    text = CODES.get(column)
    if text is not None:
        values = [None if value is None else text(value) for value in values]
    return pa.array(values, of_type)


def _octets(record: Any) -> int:
    """Of the DNS messages in it, if it has any."""
    return len(record.get("query") or b"") + len(record.get("response") or b"")


def _tabular(text: str) -> str:
    """An argument that is a topic of a channel that is recorded."""
    topic = topic_argument(text)
    if channel_of(topic) not in CHANNELS:
        raise argparse.ArgumentTypeError(f"{_FEW} or a topic of them, not {topic}")
    return topic
