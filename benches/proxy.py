#!/usr/bin/env python3
"""A proxy before an S3 server that makes faults and counts requests.

    proxy.py --to 127.0.0.1:9000 --latency 30 --refuse 0.1 --seed 7
    proxy.py --to 127.0.0.1:9000 --cap 0:150 60:400        150 requests a second, 400 from second 60 on

Prints the address it listens at, runs until SIGTERM, and then prints what it counted as JSON. Clients are given the
proxy's address and sign it; the server sees what they sent. Of a request it reads the head and the length of the body,
of an answer nothing, so it costs little: `ingest.py --only-scenario proxy` measures how much. Each connection of a
client has one to the server.
"""

import argparse
import asyncio
import collections
import json
import random
import re
import signal
import time

try:
    import uvloop as loops
except ImportError:
    loops = asyncio

LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)
CHUNKED = re.compile(rb"\r\ntransfer-encoding: *chunked", re.IGNORECASE)
EXPECT = re.compile(rb"\r\nexpect: *100-continue", re.IGNORECASE)
XML = b'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>%s</Code><Message>%s</Message></Error>'


def answer(status, code, message, end):
    """An error as S3 words it; `end` is a header that says what becomes of the connection."""
    body = XML % (code, message)
    head = b"HTTP/1.1 %s\r\nContent-Type: application/xml\r\nContent-Length: %d\r\nConnection: %s\r\n\r\n"
    return head % (status, len(body), end), body


def slow_down(end):
    """What a store says when it is asked too often."""
    return answer(b"503 Slow Down", b"SlowDown", b"Please reduce your request rate.", end)


class Faults:
    """Which requests go wrong, and what came of all of them."""

    def __init__(self, args):
        self.latency = args.latency / 1000
        self.refuse, self.dice = args.refuse, random.Random(args.seed)
        # Cap and the second it holds from, the last one first.
        self.caps = sorted(args.cap, reverse=True)
        self.burst = args.burst
        self.tokens, self.filled = 0.0, 0.0
        # The bodies to be damaged, by the order in which their images come for the first time.
        self.damaged = set(random.Random(args.seed).sample(range(args.flip_among), args.flip))
        self.seen, self.flipped = set(), []
        self.begin, self.log = None, args.log
        self.kinds, self.refused_kinds = collections.Counter(), collections.Counter()
        # Bytes of answers, heads and all.
        self.answered = 0
        self.trace = collections.defaultdict(lambda: [0, 0])

    def admits(self, method, target):
        """Counts a request and decides if it goes on."""
        now = time.monotonic()
        if self.begin is None:
            self.begin, self.filled = now, now
            self.tokens = self.burst * self.caps[-1][1] if self.caps else 0.0
        second = int(now - self.begin)
        admitted = self.refuse == 0 or self.dice.random() >= self.refuse
        if admitted and self.caps:
            rate = next(rate for since, rate in self.caps if now - self.begin >= since)
            self.tokens = min(self.burst * rate, self.tokens + (now - self.filled) * rate)
            self.filled = now
            admitted = self.tokens >= 1
            self.tokens -= admitted
        if self.log:
            outcome = "passed on" if admitted else "refused"
            print(f"{now - self.begin:.3f} {outcome}: {method.decode()} {target.decode()}", file=self.log)
        kind = kind_of(method, target)
        (self.kinds if admitted else self.refused_kinds)[kind] += 1
        self.trace[second][0 if admitted else 1] += 1
        return admitted

    def damages(self, method, target):
        """Whether a bit of this request's body is flipped: never twice of the same image."""
        if not self.damaged or method != b"PUT" or b"_images/" not in target or target in self.seen:
            return False
        self.seen.add(target)
        if len(self.seen) - 1 not in self.damaged:
            return False
        self.flipped.append(target.decode())
        return True

    def report(self):
        """Everything counted."""
        last = max(self.trace, default=-1)
        return {
            "accepted": sum(self.kinds.values()),
            "refused": sum(self.refused_kinds.values()),
            "answered_bytes": self.answered,
            "kinds": dict(self.kinds),
            "refused_kinds": dict(self.refused_kinds),
            "flipped": self.flipped,
            "trace": [self.trace.get(second, [0, 0]) for second in range(last + 1)],
        }


def kind_of(method, target):
    """A word for requests that cost the same: the images are one kind, the rest goes by folder."""
    path, _, query = target.partition(b"?")
    folder = path.rpartition(b"/")[0]
    if method == b"GET" and (b"list-type=" in query or b"prefix=" in query):
        return "LIST"
    if folder.endswith(b"_images"):
        return f"{method.decode()} image"
    if b"/_ctlake/manifest/" in path:
        return f"{method.decode()} manifest"
    return f"{method.decode()} {folder.decode() or '/'}"


class Server(asyncio.Protocol):
    """The connection to the server: all that comes goes to the client, after the latency."""

    def __init__(self, client):
        self.client, self.waiting, self.transport, self.over = client, [], None, False

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        loop, due = self.client.loop, self.client.due
        self.client.faults.answered += len(data)
        if self.waiting:
            self.waiting.append(data)
        elif due > loop.time():
            self.waiting.append(data)
            loop.call_at(due, self.deliver)
        else:
            self.client.transport.write(data)

    def deliver(self):
        """What has waited long enough."""
        if self.client.due > self.client.loop.time():
            self.client.loop.call_at(self.client.due, self.deliver)
            return
        self.client.transport.writelines(self.waiting)
        self.waiting = []
        if self.over:
            self.client.transport.close()

    def connection_lost(self, error):
        self.over = True
        if not self.waiting:
            self.client.transport.close()

    def pause_writing(self):
        self.client.transport.pause_reading()

    def resume_writing(self):
        self.client.transport.resume_reading()


class Client(asyncio.Protocol):
    """A client's connection: heads are read, bodies passed on, thrown away or damaged."""

    def __init__(self, faults, address):
        self.faults, self.address, self.loop = faults, address, asyncio.get_running_loop()
        self.head, self.remaining, self.flip_at = b"", 0, None
        self.refusing = False
        # When the answer to what was sent last may come.
        self.due = 0.0
        self.transport = self.server = None

    def connection_made(self, transport):
        self.transport = transport
        self.opening = self.loop.create_task(self.open())

    async def open(self):
        """The way to the server; what has come meanwhile goes on."""
        try:
            _, self.server = await self.loop.create_connection(lambda: Server(self), *self.address)
        except OSError:
            self.transport.close()
            return
        early, self.head = self.head, b""
        self.data_received(early)

    def connection_lost(self, error):
        self.opening.cancel()
        if self.server:
            self.server.transport.close()

    def pause_writing(self):
        self.server.transport.pause_reading()

    def resume_writing(self):
        self.server.transport.resume_reading()

    def data_received(self, data):
        if self.server is None:
            self.head += data
            return
        while data:
            if self.remaining:
                data = self.body(data)
                continue
            self.head += data
            end = self.head.find(b"\r\n\r\n") + 4
            if end < 4:
                return
            head, data, self.head = self.head[:end], self.head[end:], b""
            self.request(head)

    def request(self, head):
        """A request begins."""
        method, target, _ = head[: head.index(b"\r\n")].split(b" ", 2)
        length = LENGTH.search(head)
        self.remaining = int(length[1]) if length else 0
        if CHUNKED.search(head):
            self.transport.writelines(answer(b"501 Not Implemented", b"NotImplemented", b"no chunked bodies", b"close"))
            self.transport.close()
            return
        self.refusing = not self.faults.admits(method, target)
        if self.refusing:
            if self.remaining and EXPECT.search(head):
                # The client waits for leave to send its body, and gets none.
                self.transport.writelines(slow_down(b"close"))
                self.transport.close()
            elif not self.remaining:
                self.refuse()
            return
        # One bit of the byte in the middle, which is so far from the end.
        self.flip_at = self.remaining // 2 if self.remaining and self.faults.damages(method, target) else None
        self.send(head)

    def body(self, data):
        """Part of a body, and perhaps more than it; returns what is left."""
        piece, rest = data[: self.remaining], data[self.remaining :]
        if self.flip_at is not None and self.remaining - self.flip_at < len(piece):
            at = self.remaining - self.flip_at
            piece = piece[:at] + bytes([piece[at] ^ 1]) + piece[at + 1 :]
            self.flip_at = None
        self.remaining -= len(piece)
        if not self.refusing:
            self.send(piece)
        elif not self.remaining:
            self.refuse()
        return rest

    def send(self, data):
        """Passes on; the answer to it may come after the latency."""
        self.due = self.loop.time() + self.faults.latency
        self.server.transport.write(data)

    def refuse(self):
        """Answers in the server's place, a latency later."""
        self.loop.call_later(self.faults.latency, self.transport.writelines, slow_down(b"keep-alive"))


async def serve(args):
    """Until SIGTERM."""
    faults, over, loop = Faults(args), asyncio.Event(), asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, over.set)
    host, _, port = args.to.rpartition(":")
    server = await loop.create_server(lambda: Client(faults, (host, int(port))), "127.0.0.1", args.port, backlog=1024)
    print(f"127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await over.wait()
    print(json.dumps(faults.report()), flush=True)


def step(text):
    """`SECOND:RATE`."""
    since, _, rate = text.partition(":")
    return float(since), float(rate)


def main():
    """The command line."""
    parser = argparse.ArgumentParser(description="A proxy that makes faults, before an S3 server.")
    parser.add_argument("--to", required=True, metavar="HOST:PORT", help="the server")
    parser.add_argument("--port", type=int, default=0, help="where to listen [any free port]")
    parser.add_argument("--latency", type=float, default=0, metavar="MS", help="how long an answer is held back")
    parser.add_argument("--refuse", type=float, default=0, metavar="SHARE", help="share of requests answered 503")
    parser.add_argument(
        "--cap", type=step, nargs="+", default=[], metavar="SECOND:RATE", help="requests a second; over it 503"
    )
    parser.add_argument("--burst", type=float, default=0.2, metavar="SECONDS", help="of the cap, at once [0.2]")
    parser.add_argument("--flip", type=int, default=0, metavar="N", help="flip a bit in the bodies of N images")
    parser.add_argument("--flip-among", type=int, default=1000, metavar="N", help="of the first N images [1000]")
    parser.add_argument("--log", type=argparse.FileType("w"), help="write a line for each request to this file")
    parser.add_argument("--seed", type=int, default=1, help="of all chances [1]")
    args = parser.parse_args()
    if args.cap and min(args.cap)[0] != 0:
        parser.error("the first --cap starts at second 0: `0:RATE`")
    loops.run(serve(args))


if __name__ == "__main__":
    main()
