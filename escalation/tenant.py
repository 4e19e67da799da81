"""A tenant is one company: its communities, people, policy and teams, as settings describe them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from escalation.detection import NOBODY, Company
from escalation.events import Person, Place, Role
from escalation.policy import DEFAULT_POLICY, EscalationPolicy
from escalation.routes import Routing
from escalation.routing import Directory


@dataclass(frozen=True, slots=True)
class Tenant:
    """One company. `communities` are "platform/community" keys."""

    name: str
    communities: frozenset[str] = frozenset()
    policy: EscalationPolicy = DEFAULT_POLICY
    directory: Directory = field(default_factory=Directory)
    staff: frozenset[str] = frozenset()
    """Ids of staff besides those the platform marks."""
    moderators_are_staff: bool = False
    moderators: str | None = None
    """Address for what moderators must know: pages in shadow, nobody reachable, missing rights."""
    shadow: bool = True
    """Pages are logged for the moderators and nobody is pinged."""
    ignored_channels: frozenset[str] = frozenset()
    company: Company = NOBODY
    """What the judge knows of the company itself."""
    routing: Routing = field(default_factory=Routing)

    def is_staff(self, person: Person) -> bool:
        """Whether this person speaks for the company; a bot never does."""
        if person.bot:
            return False
        if Role.STAFF in person.roles or person.id in self.staff:
            return True
        return self.moderators_are_staff and Role.MODERATOR in person.roles

    def watches(self, place: Place) -> bool:
        return place.channel not in self.ignored_channels


class Tenants:
    """Finds the tenant of a place. A community nobody owns is a tenant of its own, by the template."""

    def __init__(self, tenants: Iterable[Tenant] = (), template: Tenant | None = None) -> None:
        self.template = template or Tenant("default")
        self._by_name = {tenant.name: tenant for tenant in tenants}
        self._owner = {key: tenant for tenant in self._by_name.values() for key in tenant.communities}

    def owning(self, place: Place) -> Tenant:
        """The tenant that owns the community of `place`."""
        community = place.community_key
        tenant = self._owner.get(community)
        if tenant is None:
            tenant = self._adopt(community)
        return tenant

    def named(self, name: str) -> Tenant:
        """The tenant called `name`; a name that came from an unowned community works again."""
        return self._by_name.get(name) or self._adopt(name)

    def _adopt(self, community: str) -> Tenant:
        tenant = replace(self.template, name=community, communities=frozenset({community}))
        self._by_name[community] = self._owner[community] = tenant
        return tenant
