"""`backstop run` as a real process with mail and a webhook: pages out, a claim from the mail's link, news in."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import aiohttp

from tests.bot.helpers import append, finish, said, start, until
from tests.fakes.hook import SECRET, receiver
from tests.fakes.loopback import free_port
from tests.fakes.smtp import PASSWORD, USER, post_office

LIVE = """
[store]
backups = ""
[web]
port = {web}
public_url = "http://127.0.0.1:{web}"
[log]
format = "json"
[follow]
transcripts = ["chat.jsonl"]
[mail]
host = "localhost"
port = {smtp}
security = "none"
user = "{user}"
sender = "{user}"
[webhooks.crm]
url = "{hook}"
private = true
plain_http = true
[policies.default]
repeat = 0
steps = [{{after = "1s", targets = ["team:support"]}}]
[teams.support]
addresses = ["mail:ana@example.com", "webhook:crm"]
[tenants.acme]
communities = ["discord/acme"]
shadow = false
"""
SECRETS = {"BACKSTOP_SMTP_PASSWORD": PASSWORD, "BACKSTOP_LINK_SECRET": "planted-link-secret-" + "x" * 20,
           "BACKSTOP_WEBHOOK_CRM_SECRET": SECRET}  # fmt: skip


def watched(folder: Path) -> bool:
    """Whether the first look was taken: what is older never pages."""
    try:
        with closing(sqlite3.connect(folder / "backstop.sqlite3", timeout=10)) as connection:
            return bool(connection.execute("SELECT 1 FROM meta WHERE key LIKE 'follow:%:since'").fetchall())
    except sqlite3.OperationalError:
        return False


async def test_a_question_is_mailed_posted_claimed_by_the_mails_link_and_told_to_all(tmp_path: Path) -> None:
    chat, web = tmp_path / "chat.jsonl", free_port()
    chat.touch()
    async with post_office(login=True) as post, receiver() as hook:
        text = LIVE.format(web=web, smtp=post.port, user=USER, hook=hook.url)
        (tmp_path / "backstop.toml").write_text(text)
        doctor = await asyncio.to_thread(finish, start(tmp_path, "doctor", **SECRETS), 25)
        assert f"mail: localhost:{post.port} takes the login of {USER}" in doctor.stdout
        assert "webhook crm: localhost is at 127.0.0.1" in doctor.stdout
        process = start(tmp_path, "run", **SECRETS)
        try:
            await until(lambda: watched(tmp_path), "the first watch", 25)
            append(chat, said("q1"))
            await until(lambda: bool(post.raw) and bool(hook.pages), "the pages", 25)
            body = post.mails[0].get_body(("plain",))
            assert body is not None
            link = re.search(r"http://\S+/claim/\S+", body.get_content())
            assert link is not None
            async with aiohttp.ClientSession() as session:
                async with session.get(link[0]) as answer:
                    assert (answer.status, "reset my router" in await answer.text()) == (200, True)
                async with session.post(link[0], data={"token": link[0].rpartition("/")[2]}) as answer:
                    assert (answer.status, "It is yours" in await answer.text()) == (200, True)
            await until(lambda: len(post.raw) == 2 and bool(hook.updates), "the news", 25)
            assert hook.updates[0].data["status"] == "claimed by ana@example.com"
            assert post.mails[1]["In-Reply-To"] == post.mails[0]["Message-ID"]
        finally:
            process.terminate()
            done = await asyncio.to_thread(finish, process, 25)
    assert done.returncode == 0
    assert [one for one in SECRETS.values() if one in done.stderr + doctor.stdout + doctor.stderr] == []
