"""A place where pages arrive, in a process of its own: it keeps its own record and trusts nobody.

Like a chat platform it answers a nonce that it has seen in the last minutes with the message it has. Asked
to, it kills the sender: before it writes the page down ("before"), or after, so that its answer is lost
("after").

    python -m tests.fakes.receiver RECORD PORT_FILE PLAN_FILE
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from pathlib import Path

from aiohttp import web

NONCE_SECONDS = 180


class Receiver:
    def __init__(self, record: Path, plan: Path) -> None:
        self._record = record.open("a", buffering=1)
        self._plan = plan
        self._messages: list[dict[str, object]] = []

    async def post(self, request: web.Request) -> web.Response:
        body = await request.json()
        moment = self._next_kill()
        if moment == "before":
            self._kill(body["pid"], moment)
            raise web.HTTPBadGateway
        found = self._recent(body["nonce"])
        if found is None:
            found = {"id": str(len(self._messages) + 1), "nonce": body["nonce"], "subject": body["subject"],
                     "at": time.time()}  # fmt: skip
            self._messages.append(found)
            self._write({"page": found})
        if moment == "after":
            self._kill(body["pid"], moment)
        return web.json_response(found)

    async def history(self, request: web.Request) -> web.Response:
        since = float(request.query["since"])
        return web.json_response([one for one in self._messages if float(str(one["at"])) >= since])

    def _recent(self, nonce: str) -> dict[str, object] | None:
        newest = time.time() - NONCE_SECONDS
        return next((m for m in self._messages if m["nonce"] == nonce and float(str(m["at"])) >= newest), None)

    def _next_kill(self) -> str | None:
        """Takes the wish that lies in the plan file, if there is one."""
        try:
            wish = self._plan.read_text().strip()
            self._plan.unlink()
        except FileNotFoundError:
            return None
        return wish

    def _kill(self, pid: int, moment: str) -> None:
        os.kill(pid, signal.SIGKILL)
        self._write({"killed": moment})

    def _write(self, line: dict[str, object]) -> None:
        self._record.write(json.dumps(line) + "\n")
        os.fsync(self._record.fileno())


def main() -> None:
    record, port_file, plan = (Path(argument) for argument in sys.argv[1:4])
    receiver = Receiver(record, plan)
    app = web.Application()
    app.add_routes([web.post("/pages", receiver.post), web.get("/pages", receiver.history)])

    async def run() -> None:
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        port_file.with_suffix(".part").write_text(str(runner.addresses[0][1]))
        port_file.with_suffix(".part").replace(port_file)
        await asyncio.Event().wait()

    asyncio.run(run())


if __name__ == "__main__":
    main()
