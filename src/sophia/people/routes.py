"""People, invitations and teams over HTTP."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response, status
from sqlalchemy import RowMapping
from starlette.requests import HTTPConnection

from sophia.idempotency.requests import FreshId
from sophia.identity.guard import (
    AccountReader,
    AccountWriter,
    UsersReader,
    UsersWriter,
    require_same_site,
)
from sophia.identity.routes import signed_in_out
from sophia.identity.schemas import SignedInOut
from sophia.kit.ids import UserId
from sophia.people.schemas import (
    InvitationIn,
    InvitationMadeOut,
    InvitationOut,
    InvitationsOut,
    JoinIn,
    MemberIn,
    PeopleOut,
    PersonChangeIn,
    PersonOut,
    TeamIn,
    TeamOut,
    TeamsOut,
)
from sophia.people.service import PeopleService

router = APIRouter(prefix="/api/v1", tags=["people"])


async def people_service(connection: HTTPConnection) -> PeopleService:
    """Give the service that the API process was wired with."""
    service: PeopleService = connection.app.state.people
    return service


type People = Annotated[PeopleService, Depends(people_service)]


@router.get("/users")
async def list_people(_: UsersReader, people: People) -> PeopleOut:
    """List everybody, the oldest account first."""
    return PeopleOut(items=[PersonOut.model_validate(dict(row)) for row in await people.all()])


@router.get("/users/{user_id}")
async def read_person(_: UsersReader, people: People, user_id: UUID) -> PersonOut:
    """Give somebody."""
    return PersonOut.model_validate(dict(await people.one(UserId(user_id))))


@router.patch("/users/{user_id}")
async def change_person(
    viewer: UsersWriter, people: People, user_id: UUID, body: PersonChangeIn
) -> PersonOut:
    """Change somebody's role, or shut them out or let them in again. It counts at once."""
    return PersonOut.model_validate(dict(await people.change(viewer, UserId(user_id), body)))


@router.delete("/users/{user_id}", status_code=status.HTTP_204_NO_CONTENT)
async def remove_person(viewer: UsersWriter, people: People, user_id: UUID) -> None:
    """Delete somebody with all their conversations, memories and keys."""
    await people.remove(viewer, UserId(user_id))


@router.get("/invitations")
async def list_invitations(_: UsersReader, people: People) -> InvitationsOut:
    """List the invitations that are open, the newest first."""
    rows = await people.invitations()
    return InvitationsOut(items=[InvitationOut(**_invitation(row)) for row in rows])


@router.post("/invitations", status_code=status.HTTP_201_CREATED)
async def invite(
    viewer: UsersWriter, people: People, id_: FreshId, request: Request, body: InvitationIn
) -> InvitationMadeOut:
    """Invite somebody. The link is shown this once, and good once."""
    token, row = await people.invite(viewer, body, id_=id_)
    link = f"{request.app.state.console_url}/join#{token}"
    return InvitationMadeOut(**_invitation(row), link=link)


@router.delete("/invitations/{invitation_id}", status_code=status.HTTP_204_NO_CONTENT)
async def take_back_invitation(viewer: UsersWriter, people: People, invitation_id: UUID) -> None:
    """Take an invitation back."""
    await people.take_back(viewer, invitation_id)


@router.post("/auth/join")
async def join(people: People, request: Request, response: Response, body: JoinIn) -> SignedInOut:
    """Accept an invitation: make the account and sign in."""
    require_same_site(request)
    agent = request.headers.get("user-agent", "")
    return signed_in_out(await people.join(body, user_agent=agent), request, response)


@router.get("/teams")
async def list_teams(viewer: AccountReader, people: People) -> TeamsOut:
    """List one's teams and who is in them; all teams, for whoever manages people."""
    rows = await people.teams(viewer)
    return TeamsOut(items=[TeamOut.model_validate(dict(row)) for row in rows])


@router.post("/teams", status_code=status.HTTP_201_CREATED)
async def create_team(viewer: UsersWriter, people: People, id_: FreshId, body: TeamIn) -> TeamOut:
    """Make a team."""
    await people.add_team(viewer, name=body.name, id_=id_)
    return next(team for team in (await list_teams(viewer, people)).items if team.team_id == id_)


@router.patch("/teams/{team_id}", status_code=status.HTTP_204_NO_CONTENT)
async def rename_team(viewer: UsersWriter, people: People, team_id: UUID, body: TeamIn) -> None:
    """Rename a team."""
    await people.rename_team(viewer, team_id, name=body.name)


@router.delete("/teams/{team_id}", status_code=status.HTTP_204_NO_CONTENT)
async def remove_team(viewer: UsersWriter, people: People, team_id: UUID) -> None:
    """Delete a team; its people stay."""
    await people.remove_team(viewer, team_id)


@router.put("/teams/{team_id}/members/{user_id}", status_code=status.HTTP_204_NO_CONTENT)
async def put_member(
    viewer: AccountWriter, people: People, team_id: UUID, user_id: UUID, body: MemberIn
) -> None:
    """Take somebody into a team, or change what they are there: its maintainers may."""
    await people.put_member(viewer, team_id, UserId(user_id), role=body.role)


@router.delete("/teams/{team_id}/members/{user_id}", status_code=status.HTTP_204_NO_CONTENT)
async def remove_member(
    viewer: AccountWriter, people: People, team_id: UUID, user_id: UUID
) -> None:
    """Take somebody out of a team: its maintainers may, and everybody themselves."""
    await people.remove_member(viewer, team_id, UserId(user_id))


def _invitation(row: RowMapping) -> dict[str, Any]:
    shown = ("role", "email", "team_ids", "created_at", "expires_at")
    return {"invitation_id": row["id"], **{name: row[name] for name in shown}}
