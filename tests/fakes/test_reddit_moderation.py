"""What moderators do on the fake Reddit: flair, wiki, modmail, notes, and the log of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fakes.reddit import FakeReddit, HandClock, Post
from tests.fakes.reddit.plain import Plain


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def reddit(clock: HandClock) -> Iterator[FakeReddit]:
    with FakeReddit(clock=clock) as fake:
        fake.subreddit("help", moderators=["mia", fake.bot], flairs=["Unsolved", "Solved"])
        yield fake


@pytest.fixture
def web(reddit: FakeReddit) -> Iterator[Plain]:
    with Plain(reddit) as client:
        yield client


@pytest.fixture
def post(reddit: FakeReddit) -> Post:
    return reddit.submit("help", "ann", "How?", "It closes.")


# -- flair


def test_flair_from_a_template(reddit: FakeReddit, web: Plain, post: Post) -> None:
    templates = {one["text"]: one["id"] for one in web.get("/r/help/api/link_flair_v2").body}
    web.post("/r/help/api/selectflair", link=post.fullname, flair_template_id=templates["Solved"], text="")
    assert (post.flair.text, post.flair.template_id) == ("Solved", templates["Solved"])
    assert [(one.kind, one.text) for one in reddit.written()] == [("flair", "Solved")]
    web.post("/r/help/api/selectflair", link=post.fullname, flair_template_id="")
    assert post.flair.text is None
    missing = web.post("/r/help/api/selectflair", link=post.fullname, flair_template_id="gone")
    assert missing.errors == ["FLAIR_TEMPLATE_NOT_FOUND"]


def test_free_flair_is_the_moderators(web: Plain, post: Post) -> None:
    assert web.post("/r/help/api/flair", link=post.fullname, text="Waiting on OP").errors == []
    assert post.flair.text == "Waiting on OP"
    ann = web.as_user("ann")
    assert ann.post("/r/help/api/flair", link=post.fullname, text="Solved").status == 403
    assert ann.get("/r/help/api/link_flair_v2").status == 403


def test_authors_choose_where_they_may(reddit: FakeReddit, web: Plain, post: Post) -> None:
    ann = web.as_user("ann")
    solved = reddit.subreddit("help").post_templates[1].id
    choice = {"link": post.fullname, "flair_template_id": solved}
    assert ann.post("/r/help/api/selectflair", **choice).status == 403
    reddit.subreddit("help", authors_set_flair=True)
    assert [one["flair_text"] for one in ann.post("/r/help/api/flairselector", link=post.fullname).body["choices"]] == [
        "Unsolved",
        "Solved",
    ]
    assert ann.post("/r/help/api/selectflair", **choice).status == 200
    assert web.as_user("bob").post("/r/help/api/selectflair", **choice).status == 403


def test_account_flair_is_worn_and_listed(reddit: FakeReddit, web: Plain, post: Post) -> None:
    reddit.set_user_flair("help", "ann", "Staff")
    web.post("/r/help/api/flair", name="mia", text="Team")
    listed = web.get("/r/help/api/flairlist", limit=1000).body["users"]
    assert [(one["user"], one["flair_text"]) for one in listed] == [("ann", "Staff"), ("mia", "Team")]
    shown = web.get("/api/info", id=post.fullname).body["data"]["children"][0]["data"]
    assert shown["author_flair_text"] == "Staff"


# -- posts and comments


def test_moderators_lock_remove_approve_and_distinguish(reddit: FakeReddit, web: Plain, post: Post) -> None:
    mine = web.post("/api/comment", thing_id=post.fullname, text="a").body["json"]["data"]["things"][0]["data"]["name"]
    web.post("/api/distinguish", id=mine, how="yes", sticky=True)
    web.post("/api/lock", id=post.fullname)
    web.post("/api/remove", id=post.fullname, spam=False)
    assert (post.locked, post.listed) == (True, False)
    web.post("/api/approve", id=post.fullname)
    web.post("/api/unlock", id=post.fullname)
    assert (post.locked, post.listed, post.approved_by) == (False, True, reddit.bot)
    assert [one.kind for one in reddit.written()] == ["comment", "distinguish", "lock", "remove", "approve", "unlock"]
    assert (reddit.comments_by()[0].distinguished, reddit.comments_by()[0].stickied) == ("moderator", True)
    assert web.as_user("ann").post("/api/lock", id=post.fullname).status == 403


def test_the_log_tells_who_did_what(reddit: FakeReddit, web: Plain, post: Post) -> None:
    reddit.remove(post, by="mia")
    reddit.set_flair(post, "Solved", by="mia")
    lines = [one["data"] for one in web.get("/r/help/about/log").body["data"]["children"]]
    assert [(one["action"], one["mod"]) for one in lines] == [("editflair", "mia"), ("removelink", "mia")]
    assert (lines[0]["details"], lines[0]["target_fullname"]) == ("Solved", post.fullname)
    assert len(web.get("/r/help/about/log", type="removelink").body["data"]["children"]) == 1
    assert web.as_user("ann").get("/r/help/about/log").status == 403


def test_the_queue_holds_reported_and_filtered(reddit: FakeReddit, web: Plain, post: Post) -> None:
    comment = reddit.comment(post, "bob", "Buy this")
    reddit.report(comment, "ann", "spam")
    reddit.remove(post, category="automod_filtered")
    assert set(web.get("/r/help/about/modqueue").names) == {comment.fullname, post.fullname}
    assert web.get("/r/help/about/reports").names == [comment.fullname]


# -- wiki


def test_a_wiki_page_and_its_revisions(reddit: FakeReddit, web: Plain, clock: HandClock) -> None:
    missing = web.get("/r/help/wiki/backstop")
    assert (missing.status, missing.body["reason"]) == (404, "PAGE_NOT_CREATED")
    first = reddit.edit_wiki("help", "backstop", "wait: 30", by="mia")
    clock.move(hours=1)
    reddit.edit_wiki("help", "backstop", "wait: 20", by="carl", reason="faster")
    page = web.get("/r/help/wiki/backstop").body
    assert (page["kind"], page["data"]["content_md"]) == ("wikipage", "wait: 20")
    assert page["data"]["revision_by"]["data"]["name"] == "carl"
    assert page["data"]["revision_date"] == clock.now()
    assert web.get("/r/help/wiki/backstop", v=first.id).body["data"]["content_md"] == "wait: 30"
    listed = [one["author"]["data"]["name"] for one in
              web.get("/r/help/wiki/revisions/backstop").body["data"]["children"]]  # fmt: skip
    assert listed == ["carl", "mia"]


def test_the_bot_edits_and_a_conflict_is_told(reddit: FakeReddit, web: Plain) -> None:
    first = reddit.edit_wiki("help", "backstop", "a", by="mia")
    reddit.edit_wiki("help", "backstop", "b", by="mia")
    conflict = web.post("/r/help/api/wiki/edit", page="backstop", content="c", previous=first.id)
    assert (conflict.status, conflict.body["newcontent"]) == (409, "b")
    assert web.post("/r/help/api/wiki/edit", page="backstop", content="c").status == 200
    assert reddit.written("wiki")[0].text == "c"


def test_moderators_pages_are_theirs(reddit: FakeReddit, web: Plain) -> None:
    reddit.edit_wiki("help", "backstop", "a", by="mia")
    reddit.edit_wiki("help", "config/automoderator", "b", by="mia")
    ann = web.as_user("ann")
    assert ann.get("/r/help/wiki/pages").body["data"] == ["backstop"]
    assert ann.get("/r/help/wiki/config/automoderator").status == 403
    assert ann.post("/r/help/api/wiki/edit", page="backstop", content="x").status == 403
    web.post("/r/help/wiki/settings/backstop", permlevel=2, listed=True)
    assert ann.get("/r/help/wiki/backstop").status == 403
    assert web.get("/r/help/wiki/backstop").status == 200


def test_a_deleted_editor_has_no_name(reddit: FakeReddit, web: Plain) -> None:
    reddit.edit_wiki("help", "backstop", "a", by="gone")
    reddit.user("gone", state="deleted")
    assert web.get("/r/help/wiki/backstop").body["data"]["revision_by"] is None


# -- modmail and notes


def test_a_conversation_is_opened_answered_and_read(reddit: FakeReddit, web: Plain, clock: HandClock) -> None:
    sent = {"srName": "help", "to": "mia", "subject": "Line 3", "body": "wait must be a number"}
    made = web.post("/api/mod/conversations", **sent).body
    known = made["conversation"]["id"]
    assert made["conversation"]["participant"]["name"] == "mia"
    assert [one["bodyMarkdown"] for one in made["messages"].values()] == ["wait must be a number"]
    clock.move(minutes=1)
    reddit.answer_modmail(known, "mia", "Mended")
    whole = web.get(f"/api/mod/conversations/{known}", markRead="True").body
    assert [whole["messages"][one["id"]]["author"]["name"] for one in whole["conversation"]["objIds"]] == [
        reddit.bot,
        "mia",
    ]
    web.post(f"/api/mod/conversations/{known}", body="Thanks", isInternal=False, isAuthorHidden=False)
    web.post(f"/api/mod/conversations/{known}/archive")
    assert [one.kind for one in reddit.written()] == ["modmail", "modmail_reply", "modmail_archive"]


def test_a_discussion_among_moderators_has_no_participant(reddit: FakeReddit, web: Plain) -> None:
    made = web.post("/api/mod/conversations", srName="help", to="r/help", subject="Page", body="Please look").body
    assert (made["conversation"]["isInternal"], made["conversation"]["participant"]) == (True, {})
    assert web.get("/api/mod/conversations", state="mod", entity="help").body["conversationIds"] == [
        made["conversation"]["id"]
    ]
    assert web.get("/api/mod/conversations", entity="help").body["conversationIds"] == []


def test_members_write_and_moderators_count_the_unread(reddit: FakeReddit, web: Plain) -> None:
    known = reddit.write_modmail("help", "ann", "Stop", "Leave my post alone").id
    assert web.get("/api/mod/conversations/unread/count").body["new"] == 1
    web.post("/api/mod/conversations/read", conversationIds=known)
    assert web.get("/api/mod/conversations/unread/count").body["new"] == 0
    assert web.as_user("ann").get(f"/api/mod/conversations/{known}").status == 403


def test_modmail_refuses_in_its_own_form(reddit: FakeReddit, web: Plain) -> None:
    empty = web.post("/api/mod/conversations", srName="help", to="mia", subject="", body="x")
    assert (empty.status, empty.body["fields"]) == (400, ["subject"])
    unknown = web.post("/api/mod/conversations", srName="help", to="nobody_at_all", subject="a", body="b")
    assert unknown.body["reason"] == "USER_DOESNT_EXIST"
    reddit.appoint("help", reddit.bot, ["posts"])
    assert web.post("/api/mod/conversations", srName="help", to="mia", subject="a", body="b").status == 403


def test_notes_on_accounts(reddit: FakeReddit, web: Plain, post: Post) -> None:
    note = {"subreddit": "help", "user": "ann", "note": "claimed by mia", "reddit_id": post.fullname}
    made = web.post("/api/mod/notes", **note).body["created"]
    assert (made["user"], made["user_note_data"]["reddit_id"]) == ("ann", post.fullname)
    listed = web.get("/api/mod/notes", subreddit="help", user="ann").body["mod_notes"]
    assert [one["user_note_data"]["note"] for one in listed] == ["claimed by mia"]
    assert reddit.written("note")[0].text == "claimed by mia"
    gone = web.ask("DELETE", f"/api/mod/notes?subreddit=help&user=ann&note_id={made['id']}")
    assert gone.body == {"deleted": True}
    assert web.post("/api/mod/notes", subreddit="help", user="ann", note="x" * 251).status == 400
