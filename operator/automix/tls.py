"""What a TLS connection takes of memory."""

from asyncio.sslproto import SSLProtocol

# A record of TLS has 16 KiB at most (RFC 8446, 5.1), and hardly any answer more than a few.
_BUFFER_BYTES = 64 * 1024


def spare_buffers() -> None:
    """Have connections that are made from now on read less at once.

    CPython 3.11 to 3.14 keep a buffer of 256 KiB for each: 32 connections to the API server have 8 MiB of them, and as
    many to each app that is slow.
    """
    SSLProtocol.max_size = _BUFFER_BYTES
