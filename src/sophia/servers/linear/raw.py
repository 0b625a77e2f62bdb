"""What we read of Linear's answers."""

from datetime import date, datetime

from sophia.servers.vendor.graphql import GraphRaw, Nodes


class RawPayload(GraphRaw):
    """What a mutation says beside what it made."""

    success: bool


class RawId(GraphRaw):
    """Something of which only the id is wanted."""

    id: str


class RawPlace(RawId):
    """Where an issue stands."""

    team: RawId
    project: RawId | None


class RawNamed(GraphRaw):
    """Something with an id and a name."""

    id: str
    name: str


class RawSlugged(RawNamed):
    """Something with a name that stands in its address, too."""

    slug_id: str


class RawTeam(RawNamed):
    """A team."""

    key: str


class RawPerson(GraphRaw):
    """Somebody, as the author of something."""

    name: str
    display_name: str = ""


class RawLabelled(GraphRaw):
    """Something of which only the name is wanted."""

    name: str


class RawMember(RawNamed):
    """Somebody of the workspace."""

    display_name: str
    email: str


class RawUser(RawMember):
    """Somebody of the workspace with what they may do."""

    admin: bool
    guest: bool
    is_me: bool
    organization: RawLabelled | None = None


class RawKeyed(GraphRaw):
    """A team of which only the key is wanted."""

    key: str


class RawState(GraphRaw):
    """The state of an issue or a project."""

    name: str
    type: str


class RawTeamState(RawNamed):
    """A state of a team's issues."""

    type: str
    description: str | None = None
    team: RawKeyed


class RawCycleName(GraphRaw):
    """A cycle by its number, and by its name if it has one."""

    number: float
    name: str | None = None


class RawCycle(RawCycleName):
    """A cycle."""

    id: str
    is_active: bool
    is_next: bool
    is_previous: bool
    description: str | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    completed_at: datetime | None = None
    progress: float = 0


class RawIdentifier(GraphRaw):
    """An issue by its identifier."""

    identifier: str


class RawIssueLink(RawIdentifier):
    """An issue beside another."""

    title: str
    url: str
    state: RawState


class RawIssue(RawIdentifier):
    """An issue."""

    id: str
    title: str
    url: str
    description: str | None = None
    priority: float
    due_date: date | None = None
    estimate: float | None = None
    created_at: datetime
    updated_at: datetime
    started_at: datetime | None = None
    completed_at: datetime | None = None
    canceled_at: datetime | None = None
    state: RawState
    team: RawKeyed
    assignee: RawPerson | None
    creator: RawPerson | None
    project: RawLabelled | None
    project_milestone: RawLabelled | None
    cycle: RawCycleName | None
    parent: RawIdentifier | None
    labels: Nodes[RawLabelled]


class RawAttachment(GraphRaw):
    """Something at an issue that lies elsewhere."""

    id: str
    title: str
    subtitle: str | None = None
    url: str
    source_type: str | None = None
    created_at: datetime


class RawRelation(GraphRaw):
    """How an issue stands to another; only the other side is asked for."""

    id: str
    type: str
    issue: RawIssueLink | None = None
    related_issue: RawIssueLink | None = None


class RawRelated(RawIdentifier):
    """How an issue stands to others."""

    relations: Nodes[RawRelation]
    inverse_relations: Nodes[RawRelation]


class RawWholeIssue(RawIssue, RawRelated):
    """An issue with what belongs to it."""

    branch_name: str
    children: Nodes[RawIssueLink]
    attachments: Nodes[RawAttachment]


class RawComment(GraphRaw):
    """What somebody said to an issue."""

    id: str
    body: str
    url: str
    created_at: datetime
    edited_at: datetime | None = None
    resolved_at: datetime | None = None
    user: RawPerson | None = None
    bot_actor: RawLabelled | None = None
    external_user: RawLabelled | None = None
    parent: RawId | None = None


class RawMilestone(RawNamed):
    """A milestone of a project."""

    description: str | None = None
    target_date: date | None = None
    status: str
    progress: float


class RawProject(RawSlugged):
    """A project."""

    url: str
    description: str
    progress: float
    health: str | None = None
    priority: float
    start_date: date | None = None
    target_date: date | None = None
    updated_at: datetime
    status: RawState
    lead: RawPerson | None
    teams: Nodes[RawKeyed]


class RawWholeProject(RawProject):
    """A project with what belongs to it."""

    content: str | None = None
    scope: float
    created_at: datetime
    started_at: datetime | None = None
    completed_at: datetime | None = None
    canceled_at: datetime | None = None
    members: Nodes[RawPerson]
    project_milestones: Nodes[RawMilestone]
    initiatives: Nodes[RawLabelled]


class RawUpdate(GraphRaw):
    """What somebody wrote about how a project or an initiative stands."""

    id: str
    body: str
    url: str
    health: str
    created_at: datetime
    edited_at: datetime | None = None
    user: RawPerson


class RawInitiative(RawSlugged):
    """An initiative."""

    url: str
    description: str | None = None
    status: str
    health: str | None = None
    target_date: date | None = None
    updated_at: datetime
    owner: RawPerson | None


class RawWholeInitiative(RawInitiative):
    """An initiative with its projects."""

    content: str | None = None
    projects: Nodes[RawProject]


class RawTitled(RawId):
    """A document by its title."""

    slug_id: str
    title: str


class RawDocument(RawTitled):
    """A document."""

    url: str
    content: str | None = None
    created_at: datetime
    updated_at: datetime
    creator: RawPerson | None = None
    updated_by: RawPerson | None = None
    project: RawLabelled | None = None
    initiative: RawLabelled | None = None
    issue: RawIdentifier | None = None
    team: RawKeyed | None = None


class RawLabel(RawNamed):
    """A label of issues."""

    description: str | None = None
    color: str
    is_group: bool
    parent: RawLabelled | None = None
    team: RawKeyed | None = None


class RawWholeTeam(RawTeam):
    """A team with how it works."""

    description: str | None = None
    cycles_enabled: bool
    triage_enabled: bool
    issue_estimation_type: str
    active_cycle: RawCycle | None = None


class RawCounted(GraphRaw):
    """An issue that is counted."""

    created_at: datetime
    started_at: datetime | None = None
    completed_at: datetime | None = None
    canceled_at: datetime | None = None
    priority: float
    estimate: float | None = None
    due_date: date | None = None
    state: RawState
    assignee: RawPerson | None


class RawWritten(GraphRaw):
    """When something was written."""

    created_at: datetime


class RawHealth(RawProject):
    """A project with what shows how it stands."""

    completed_at: datetime | None = None
    canceled_at: datetime | None = None
    project_milestones: Nodes[RawMilestone]
    last_update: RawWritten | None = None
