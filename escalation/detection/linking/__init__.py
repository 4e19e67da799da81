"""To what a message replies: a small trained network over who speaks when, to whom, and about what."""
