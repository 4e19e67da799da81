"""Alembic's entry: runs the migrations on the connection it was handed."""

from alembic import context

from escalation.store import schema

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=schema.metadata,
    transactional_ddl=True,
)
context.run_migrations()
