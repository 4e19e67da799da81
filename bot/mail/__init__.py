"""Mail as a place for pages: over SMTP, at least once, with a link that asks before it claims."""
