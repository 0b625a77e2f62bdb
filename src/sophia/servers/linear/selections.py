"""What queries select: for each model of raw.py the fields that it reads."""

PERSON = "name displayName"
ISSUE_BRIEF = (
    "id identifier title url description priority dueDate estimate createdAt updatedAt"
    " startedAt completedAt canceledAt state { name type } team { key }"
    f" assignee {{ {PERSON} }} creator {{ {PERSON} }} project {{ name }}"
    " projectMilestone { name } cycle { number name } parent { identifier }"
    " labels(first: 20) { nodes { name } }"
)
LINK = "identifier title url state { name type }"
ATTACHMENT = "id title subtitle url sourceType createdAt"


def relations(most: int) -> str:
    """Select how an issue stands to others, up to so many each way."""
    return (
        f"relations(first: {most}) {{ nodes {{ id type relatedIssue {{ {LINK} }} }} }}"
        f" inverseRelations(first: {most}) {{ nodes {{ id type issue {{ {LINK} }} }} }}"
    )


ISSUE = (
    f"{ISSUE_BRIEF} branchName children(first: 25) {{ nodes {{ {LINK} }} }} {relations(20)}"
    f" attachments(first: 15) {{ nodes {{ {ATTACHMENT} }} }}"
)
COMMENT = (
    f"id body url createdAt editedAt resolvedAt user {{ {PERSON} }} botActor {{ name }}"
    " externalUser { name } parent { id }"
)
PROJECT_BRIEF = (
    "id slugId name url description progress health priority startDate targetDate updatedAt"
    f" status {{ name type }} lead {{ {PERSON} }} teams(first: 10) {{ nodes {{ key }} }}"
)
MILESTONE = "id name description targetDate status progress"
PROJECT = (
    f"{PROJECT_BRIEF} content scope createdAt startedAt completedAt canceledAt"
    f" members(first: 50) {{ nodes {{ {PERSON} }} }}"
    f" projectMilestones(first: 50) {{ nodes {{ {MILESTONE} }} }}"
    " initiatives(first: 20) { nodes { name } }"
)
UPDATE = f"id body url health createdAt editedAt user {{ {PERSON} }}"
INITIATIVE_BRIEF = (
    f"id slugId name url description status health targetDate updatedAt owner {{ {PERSON} }}"
)
INITIATIVE = f"{INITIATIVE_BRIEF} content projects(first: 50) {{ nodes {{ {PROJECT_BRIEF} }} }}"
DOCUMENT_BRIEF = (
    f"id slugId title url createdAt updatedAt creator {{ {PERSON} }} updatedBy {{ {PERSON} }}"
    " project { name } initiative { name } issue { identifier } team { key }"
)
DOCUMENT = f"{DOCUMENT_BRIEF} content"
CYCLE = "id number name description startsAt endsAt completedAt progress isActive isNext isPrevious"
USER = "id name displayName email admin guest isMe"
STATE = "id name type description team { key }"
LABEL = "id name description color isGroup parent { name } team { key }"
TEAM = (
    "id key name description cyclesEnabled triageEnabled issueEstimationType"
    f" activeCycle {{ {CYCLE} }}"
)
COUNTED = (
    "createdAt startedAt completedAt canceledAt priority estimate dueDate state { name type }"
    f" assignee {{ {PERSON} }}"
)
HEALTH = (
    f"{PROJECT_BRIEF} completedAt canceledAt lastUpdate {{ createdAt }}"
    f" projectMilestones(first: 50) {{ nodes {{ {MILESTONE} }} }}"
)
