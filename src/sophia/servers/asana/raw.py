"""What we read of Asana's answers, and the fields that we ask for to have it."""

from datetime import date, datetime
from typing import Any

from pydantic import Field

from sophia.servers.vendor.reading import Raw

NAMES = ("name",)

TASK_BRIEF = (
    *("name", "resource_subtype", "completed", "assignee.name", "due_on", "due_at"),
    *("memberships.project.name", "memberships.section.name", "parent.name", "tags.name"),
    *("modified_at", "created_at", "permalink_url"),
)
TASK = (
    *TASK_BRIEF,
    *("notes", "start_on", "completed_at", "created_by", "followers.name", "num_subtasks"),
    *("custom_fields.name", "custom_fields.display_value", "dependencies", "dependents"),
)
PROJECT_BRIEF = (
    *("name", "archived", "completed", "team.name", "start_on", "due_on", "modified_at"),
    *("current_status_update.title", "permalink_url"),
)
PROJECT = (
    *PROJECT_BRIEF,
    *("notes", "owner", "members.name", "created_at", "privacy_setting"),
    *("custom_fields.name", "custom_fields.display_value"),
)
STATUS = ("title", "text", "status_type", "created_at", "created_by.name")
STORY = ("text", "created_at", "created_by.name", "type", "resource_subtype", "is_pinned")
ATTACHMENT = ("name", "resource_subtype", "host", "size", "created_at", "download_url", "view_url")
CUSTOM_FIELD = (
    *("name", "resource_subtype", "description", "enum_options.name", "enum_options.enabled"),
    *("is_formula_field", "is_value_read_only"),
)
PORTFOLIO = (
    *("name", "owner.name", "start_on", "due_on", "created_at", "permalink_url"),
    "current_status_update.title",
)


class RawNamed(Raw):
    """Anything; hidden things have no name."""

    gid: str
    name: str | None = None


class RawMembership(Raw):
    """Where in which project a task is."""

    project: RawNamed | None = None
    section: RawNamed | None = None


class RawValue(Raw):
    """The value of a custom field."""

    gid: str
    name: str
    display_value: str | None = None


class RawTask(Raw):
    """A task."""

    gid: str
    name: str
    resource_subtype: str
    completed: bool
    completed_at: datetime | None = None
    assignee: RawNamed | None
    start_on: date | None = None
    due_on: date | None
    due_at: datetime | None = None
    memberships: list[RawMembership]
    parent: RawNamed | None
    tags: list[RawNamed]
    followers: list[RawNamed] = Field(default_factory=list[RawNamed])
    num_subtasks: int = 0
    notes: str = ""
    created_at: datetime
    created_by: RawNamed | None = None
    modified_at: datetime
    permalink_url: str
    custom_fields: list[RawValue] = Field(default_factory=list[RawValue])
    dependencies: list[RawNamed] = Field(default_factory=list[RawNamed])
    dependents: list[RawNamed] = Field(default_factory=list[RawNamed])


class RawStatusTitle(Raw):
    """The last status update of something."""

    gid: str
    title: str | None = None


class RawProject(Raw):
    """A project, or a portfolio within a portfolio, which tells less of itself."""

    gid: str
    name: str
    archived: bool = False
    completed: bool = False
    owner: RawNamed | None = None
    team: RawNamed | None = None
    start_on: date | None
    due_on: date | None
    created_at: datetime | None = None
    modified_at: datetime | None = None
    privacy_setting: str | None = None
    permalink_url: str
    notes: str = ""
    members: list[RawNamed] = Field(default_factory=list[RawNamed])
    current_status_update: RawStatusTitle | None = None
    custom_fields: list[RawValue] = Field(default_factory=list[RawValue])


class RawCounts(Raw):
    """How many tasks a project has."""

    num_tasks: int
    num_incomplete_tasks: int
    num_completed_tasks: int
    num_milestones: int
    num_incomplete_milestones: int
    num_completed_milestones: int


class RawStatus(Raw):
    """A status update."""

    gid: str
    title: str = ""
    text: str
    status_type: str
    created_at: datetime
    created_by: RawNamed | None


class RawStory(Raw):
    """What somebody said to a task, or what was done to it."""

    gid: str
    text: str = ""
    type: str
    resource_subtype: str
    created_at: datetime
    created_by: RawNamed | None
    is_pinned: bool = False


class RawAttachment(Raw):
    """A file of a task, project or brief."""

    gid: str
    name: str
    resource_subtype: str
    host: str | None = None
    size: int | None = None
    created_at: datetime | None = None
    download_url: str | None = None
    view_url: str | None = None


class RawOption(Raw):
    """One of the values that a custom field may have."""

    gid: str
    name: str
    enabled: bool = True


class RawField(Raw):
    """A custom field."""

    gid: str
    name: str
    resource_subtype: str
    description: str = ""
    enum_options: list[RawOption] = Field(default_factory=list[RawOption])
    is_formula_field: bool = False
    is_value_read_only: bool | None = None


class RawSetting(Raw):
    """That a project has a custom field."""

    custom_field: RawField


class RawUser(Raw):
    """Somebody."""

    gid: str
    name: str | None
    email: str | None = None
    workspaces: list[RawNamed] = Field(default_factory=list[RawNamed])


class RawPortfolio(Raw):
    """A portfolio."""

    gid: str
    name: str
    owner: RawNamed | None
    start_on: date | None
    due_on: date | None
    created_at: datetime
    permalink_url: str
    current_status_update: RawStatusTitle | None = None


class RawJob(Raw):
    """Something that Asana does in its own time."""

    gid: str
    status: str
    new_project: RawNamed | None = None
    new_task: RawNamed | None = None


class RawOutcome(Raw):
    """What came of one change of a batch."""

    status_code: int
    body: dict[str, Any] = Field(default_factory=dict[str, Any])


class RawFollowing(Raw):
    """Where a list goes on."""

    offset: str


class RawPage(Raw):
    """A page of a list."""

    next_page: RawFollowing | None = None
