"""Discord. This version checks a token and its rights; the client comes with a later one."""
