"""The store: one schema on SQLite and PostgreSQL. All SQL of the product lives in this folder.

A transaction is a plain function of a connection, run by `Database.write` or `Database.read`.
"""

from escalation.store.database import Database

__all__ = ["Database"]
