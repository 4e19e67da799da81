"""Reddit. This version checks a key; watching subreddits comes with a later one."""
