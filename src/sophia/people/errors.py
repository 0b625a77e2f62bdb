"""What can go wrong among people."""

from sophia.kit.errors import Kind, SophiaError


class PersonMissingError(SophiaError):
    """There is no such person: GET /api/v1/users lists those that there are."""

    kind = Kind.MISSING
    code = "people.person_missing"


class RoleTooHighError(SophiaError):
    """You may only change people, and give roles, below your own: ask the owner."""

    kind = Kind.FORBIDDEN
    code = "people.role_too_high"


class OwnerStaysError(SophiaError):
    """There is always one owner: make somebody else the owner first."""

    kind = Kind.CONFLICT
    code = "people.owner_stays"


class InvitationMissingError(SophiaError):
    """There is no such invitation: GET /api/v1/invitations lists those that are open."""

    kind = Kind.MISSING
    code = "people.invitation_missing"


class InvitationOverError(SophiaError):
    """This invitation was used or taken back, or has expired: ask for another one."""

    kind = Kind.UNAUTHENTICATED
    code = "people.invitation_over"


class TeamMissingError(SophiaError):
    """There is no such team: GET /api/v1/teams lists yours."""

    kind = Kind.MISSING
    code = "people.team_missing"


class TeamNameTakenError(SophiaError):
    """Another team has this name: choose another one."""

    kind = Kind.CONFLICT
    code = "people.team_name_taken"
