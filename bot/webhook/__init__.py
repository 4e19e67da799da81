"""Webhooks as a place for pages: signed by the Standard Webhooks convention, to addresses that were looked at first."""
