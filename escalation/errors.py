"""Every error Backstop raises on purpose, in one tree."""

from __future__ import annotations

from datetime import timedelta


class BackstopError(Exception):
    """Base of all. Its text names what is wrong, where, and what to do."""


class InputError(BackstopError):
    """An event, line or argument from outside is not usable; nothing was changed."""


class SettingsError(BackstopError):
    """Settings hold mistakes; `problems` has one readable line for each."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


class StoreError(BackstopError):
    """The database could not do what was asked; the transaction was rolled back whole."""


class StoreUnavailable(StoreError):
    """Locked, full, read-only or unreachable: the same call may work once the cause is gone."""


class StoreRefused(StoreError):
    """The database refused a statement: a fault of ours, which trying again does not mend."""


class StoreCorrupt(StoreError):
    """The database's content is damaged: restore a backup."""


class StoreTooNew(StoreError):
    """The database says that it needs a newer program."""


class StoreOutdated(StoreError):
    """The database needs `backstop db upgrade` first."""


class StoreInUse(StoreError):
    """Another process holds this SQLite file."""


class NotifierError(BackstopError):
    """A page could not be handed over."""


class RetryLater(NotifierError):
    """A passing fault. Whether the page arrived may be unknown: the next try looks first."""

    def __init__(self, message: str, retry_after: timedelta | None = None) -> None:
        self.retry_after = retry_after
        super().__init__(message)


class Undeliverable(NotifierError):
    """This place can't take the page until somebody mends it; the text says what to mend."""


class CannotLook(NotifierError):
    """The sink's history can't be read now, so a retry would risk a second page: hold it."""


class NoHistory(CannotLook):
    """The sink has no history and never will (a mailbox, a webhook): holding a page would hold it for ever.

    A retry repeats it under the same nonce, by which the receiving side can tell that it is the same page.
    """
