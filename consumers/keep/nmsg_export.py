"""nxcast-consume nmsg: a channel in Farsight's own format, for files and for programs that read NMSG."""

from __future__ import annotations

import argparse

from nxcast.consumers.keep.rotation import add_rotation
from nxcast.consumers.show.console import topic_argument
from nxcast.consumers.show.feed import add_from
from nxcast.schemas.topics import DNS_ERRORS, NXDOMAIN, channel_of

__all__ = ["add_parser", "run"]

_DESCRIPTION = """\
Write a channel as NMSG, which nmsgtool reads: nxdomain/ as payloads of SIE:dnsnx, dns-errors/ as those of
base:dnsqr, with the DNS messages in datagrams made anew.

--write makes files PREFIX-nxdomain-20261123T151321Z-0001.nmsg and so on, by the time of their start in UTC;
where PREFIX is a folder (it must be there) or ends in /, nxdomain-... in it. A file is called .part until it
is complete and on the disk, none is overwritten, and - is standard output. --zmq hands containers on over
ZeroMQ, as nmsgtool -S does:
  pubsub    to all readers that subscribe. One that is slow, or not there yet, misses containers without a
            word; their numbers tell it. Those that nobody at all subscribed to are counted here.
  pushpull  each to one reader. While none has room this command waits, and then it is the broker that drops,
            which is told. For a recording (--from), take this.
A container goes out when it has 64 KiB, or over ZeroMQ and to standard output when it is a second old.

What NMSG can't carry: a sensor's name, of which it has the number that is told at the first record, as the
payload's source; the resolver, where the record withholds it, is zeros and so marked; the query of a response
over TCP; of the RCODE, the field has 4 bits of 12 (the datagram has all); and what can't be put into a
datagram, which is counted. Keys of blocklists' customers in names are written as they are."""

_EXAMPLES = """\
examples:
  nxcast-consume nmsg --write /var/spool/nmsg/           NXDOMAIN, a file an hour, in a folder that is there
  nxcast-consume nmsg dns-errors/ --write ns1 --zlib --rotate-seconds 60      ns1-dns-errors-... here
  nxcast-consume nmsg nxdomain/MX/ --write - | nmsgtool -r - -o -
  nxcast-consume nmsg --write /var/spool/nmsg --cursor here.json   each time, on from where it ended
  nxcast-consume nmsg --zmq tcp://127.0.0.1:5554,accept,pubsub
      and beside it  nmsgtool -L tcp://127.0.0.1:5554,connect,pubsub -o -
  nxcast-consume nmsg dns-errors/ --from errors.json --zmq tcp://127.0.0.1:5554,connect,pushpull

exit status: 0 when ended by Ctrl-C or by the end of a recording; 1 when no broker answers, or the files or
the endpoint can't be used; 2 for wrong arguments.
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to nxcast-consume."""
    parser = commands.add_parser(
        "nmsg",
        help="write a channel as NMSG, to files or to ZeroMQ",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "topic",
        nargs="?",
        type=_topic,
        default=NXDOMAIN,
        metavar="CHANNEL",
        help=f"{NXDOMAIN} or {DNS_ERRORS}, or one topic of them (default: {NXDOMAIN})",
    )
    output = parser.add_mutually_exclusive_group(required=True)
    output.add_argument("--write", metavar="PREFIX", help="write files, in a folder or beside others; or -")
    output.add_argument(
        "--zmq",
        metavar="ENDPOINT",
        help="tcp://HOST:PORT,connect|accept,pubsub|pushpull, or ipc://PATH (default: connect,pubsub)",
    )
    parser.add_argument("--zlib", action="store_true", help="compress containers (default: plain)")
    add_rotation(parser)
    add_from(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write until told to stop, or until the recording is over; the exit status."""
    # Here, since --help needs none of what it imports, and that takes 0.1 s.
    from nxcast.consumers.keep.nmsg_output import write

    return write(args)


def _topic(text: str) -> str:
    """An argument that is a topic of a channel that has a form in NMSG, with or without its last '/'."""
    topic = topic_argument(text)
    if channel_of(topic) not in (NXDOMAIN, DNS_ERRORS):
        raise argparse.ArgumentTypeError(f"{topic} has no form in NMSG; {NXDOMAIN} and {DNS_ERRORS} have")
    return topic
