"""History files as a platform: reading them, replaying them, following them as they grow."""
