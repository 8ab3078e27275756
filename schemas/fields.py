"""Types of fields that frames, records and requests share: their ranges, and what they mean.

Strict wherever they are used: no text for octets, no True or 1.0 for 1.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from annotated_types import Ge, Le, Len
from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from nxcast.schemas.names import NAME_MAX
from nxcast.schemas.units import U16_MAX, U64_MAX

__all__ = [
    "DNS_MESSAGE_MAX",
    "DNS_MESSAGE_MIN",
    "SENSOR_MAX",
    "U16",
    "U64",
    "Address",
    "By",
    "DnsMessage",
    "Kind",
    "NameWire",
    "Protocol",
    "PushedSensor",
    "QueryMessage",
    "Resolver",
    "ResolverPort",
    "ResponseMessage",
    "Sensor",
    "Server",
    "ServerPort",
    "Time",
    "Version1",
    "WholeNumber",
]

DNS_MESSAGE_MIN = 12  # octets, the header of RFC 1035 section 4.1.1
DNS_MESSAGE_MAX = 65_535  # octets, what TCP's two-octet length allows (RFC 1035 section 4.2.2)

U16 = Annotated[int, Ge(0), Le(U16_MAX)]
U64 = Annotated[int, Ge(0), Le(U64_MAX)]
SENSOR_MAX = 64  # characters
Sensor = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
# What may be pushed as: a name that no shell or program takes for an option, nor for a folder (., ..).
# Records of earlier brokers may have others.
PushedSensor = Annotated[
    str, Field(pattern=r"^(?:[A-Za-z0-9_]|\.+[A-Za-z0-9_-])[A-Za-z0-9._-]*$", max_length=SENSOR_MAX)
]
Address = Annotated[bytes, Len(4, 4)] | Annotated[bytes, Len(16, 16)]
DnsMessage = Annotated[bytes, Len(DNS_MESSAGE_MIN, DNS_MESSAGE_MAX)]


class WholeNumber:
    """Beside a Literal of integers: refuses True and 1.0, which are equal to 1 and would pass as it."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.chain_schema([core_schema.int_schema(strict=True), handler(source)])

    def __get_pydantic_json_schema__(self, schema: Any, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return handler(schema["steps"][-1])


Version1 = Annotated[Literal[1], WholeNumber(), Field(description="of this contract")]
Kind = Annotated[
    Literal[1, 3, 4, 7], WholeNumber(), Field(description="dnsqr's observation type, see protocol.md")
]
Protocol = Annotated[Literal[6, 17], WholeNumber(), Field(description="17 UDP, 6 TCP")]
By = Annotated[
    Literal["authority", "cache", "proof"],
    Field(description="a server denied it now; one had before; it follows from NSEC or NSEC3 (RFC 8198)"),
]
Time = Annotated[U64, Field(description="when the response was seen, nanoseconds since 1970-01-01 UTC")]
Server = Annotated[Address, Field(description="address of the authoritative server, 4 or 16 octets")]
ServerPort = Annotated[U16, Field(description="its port; 0 where the source does not tell")]
Resolver = Annotated[Address | None, Field(description="address of the resolver; withheld unless asked for")]
ResolverPort = Annotated[U16 | None, Field(description="its port; withheld with the address")]
QueryMessage = Annotated[
    Annotated[bytes, Len(0, DNS_MESSAGE_MAX)] | None,
    Field(description="the query's DNS message, where it was seen"),
]
ResponseMessage = Annotated[DnsMessage, Field(description="the response's DNS message, 12 to 65,535 octets")]
NameWire = Annotated[bytes, Len(1, NAME_MAX)]
