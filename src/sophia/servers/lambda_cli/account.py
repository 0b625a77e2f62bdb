"""What the account has beside machines: keys, disks, images, regions, and its audit log."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import BaseModel, Field

from sophia.kit.clock import Clock
from sophia.servers.call import Call
from sophia.servers.errors import CursorInvalidError
from sophia.servers.lambda_cli.client import Lambda, named
from sophia.servers.lambda_cli.errors import NotConfirmedError
from sophia.servers.lambda_cli.raw import (
    RawEvent,
    RawFilesystem,
    RawImage,
    RawKey,
)
from sophia.servers.lambda_cli.schemas import RegionName
from sophia.servers.output import Page, read_cursor, write_cursor
from sophia.servers.parts import NoArguments
from sophia.servers.vendor.brief import Cursor
from sophia.servers.vendor.offering import Asked
from sophia.servers.vendor.reading import read_many, read_one

_GIB = 1024**3

KeyName = Annotated[str, Field(min_length=1, max_length=64)]


class KeyOut(BaseModel):
    """An SSH key; its private half is nobody's here."""

    name: str
    public_key: str


class Keys(BaseModel):
    """The SSH keys."""

    ssh_keys: list[KeyOut]


class AddKey(Asked):
    """An SSH key to be added. None is made here: its private half would pass through a model."""

    name: KeyName
    public_key: Annotated[
        str,
        Field(
            min_length=20,
            max_length=4096,
            pattern=r"^(ssh-(ed25519|rsa)|ecdsa-sha2-nistp\d+|sk-\S+) [A-Za-z0-9+/=]+( [^\r\n]*)?$",
            description="A line as in id_ed25519.pub.",
        ),
    ]


class OneKey(Asked):
    """An SSH key by its name."""

    name: KeyName


class Done(BaseModel):
    """What was done."""

    done: str


class FilesystemOut(BaseModel):
    """A filesystem; it outlives machines."""

    name: str
    region: str
    mount_point: str
    is_in_use: bool
    used_gib: float | None
    created_at: datetime
    created_by: str


class Filesystems(BaseModel):
    """The filesystems."""

    filesystems: list[FilesystemOut]


class CreateFilesystem(Asked):
    """A filesystem to be made."""

    name: Annotated[str, Field(pattern=r"^[a-zA-Z]+[0-9a-zA-Z-]*$", min_length=1, max_length=60)]
    region: RegionName


class DeleteFilesystem(Asked):
    """A filesystem to be deleted with all that is on it."""

    name: Annotated[str, Field(min_length=1, max_length=60)]
    confirm_name: str | None = Field(default=None, max_length=60, description="Its name again.")


class WhichImages(Asked):
    """Which images are wanted."""

    region: RegionName | None = None
    family: Annotated[str, Field(max_length=100)] | None = None


class ImageOut(BaseModel):
    """What machines can start with, and where."""

    family: str
    name: str
    version: str
    description: str
    architecture: str
    regions: list[str]


class Images(BaseModel):
    """The images; one in several regions is given once."""

    images: list[ImageOut]


class RegionOut(BaseModel):
    """A region."""

    name: str
    place: str


class Regions(BaseModel):
    """The regions."""

    regions: list[RegionOut]


class WhichEvents(Asked):
    """Since when, and of what."""

    days: Annotated[int, Field(ge=1, le=365)] = 7
    resource_type: Annotated[str, Field(max_length=100)] | None = Field(
        default=None, description="As in cloud.instance or cloud.api_key."
    )
    cursor: Cursor = None


class EventOut(BaseModel):
    """What was done to the account, and by whom."""

    at: datetime
    what: str = Field(description="As in cloud.instance launched.")
    actor: str | None
    resources: list[str]
    details: dict[str, str]


class Events(Page):
    """A page of the account's audit log at Lambda, the oldest first."""

    events: list[EventOut]


class AccountTools:
    """Reads and changes what the account has beside machines."""

    def __init__(self, vendor: Lambda, clock: Clock) -> None:
        """Take Lambda."""
        self._vendor = vendor
        self._clock = clock

    async def list_ssh_keys(self, _asked: NoArguments, _call: Call) -> Keys:
        """List the SSH keys."""
        return Keys(ssh_keys=[_key(one) for one in await self._vendor.keys()])

    async def add_ssh_key(self, asked: AddKey, _call: Call) -> KeyOut:
        """Add an SSH key."""
        body = {"name": asked.name, "public_key": asked.public_key}
        return _key(read_one(RawKey, await self._vendor.send("POST", "ssh-keys", body)))

    async def delete_ssh_key(self, asked: OneKey, _call: Call) -> Done:
        """Delete an SSH key."""
        key = named(await self._vendor.keys(), asked.name, lambda one: (one.name, one.id))
        await self._vendor.send("DELETE", f"ssh-keys/{key.id}")
        return Done(done=f"The SSH key {key.name} is deleted; machines that have it keep it.")

    async def list_filesystems(self, _asked: NoArguments, _call: Call) -> Filesystems:
        """List the filesystems."""
        found = await self._vendor.filesystems()
        return Filesystems(filesystems=[_filesystem(one) for one in found])

    async def create_filesystem(self, asked: CreateFilesystem, _call: Call) -> FilesystemOut:
        """Make a filesystem."""
        raw = await self._vendor.send("POST", "filesystems", asked.model_dump())
        return _filesystem(read_one(RawFilesystem, raw))

    async def delete_filesystem(self, asked: DeleteFilesystem, _call: Call) -> Done:
        """Delete a filesystem; raises NotConfirmedError."""
        there = await self._vendor.filesystems()
        found = named(there, asked.name, lambda one: (one.name, one.id))
        if asked.confirm_name != found.name:
            raise NotConfirmedError(
                f"{found.name} was not deleted. All that is on it is lost with it"
                f"{_size(found)}. To go on, have its name typed in confirm_name."
            )
        await self._vendor.send("DELETE", f"filesystems/{found.id}")
        return Done(done=f"The filesystem {found.name} is deleted{_size(found)}.")

    async def list_images(self, asked: WhichImages, _call: Call) -> Images:
        """List the images."""
        raw = read_many(RawImage, await self._vendor.get("images"))
        found = [
            one
            for one in raw
            if asked.region in {None, one.region.name} and asked.family in {None, one.family}
        ]
        return Images(images=_images(found))

    async def list_regions(self, _asked: NoArguments, _call: Call) -> Regions:
        """List the regions."""
        found = await self._vendor.regions()
        return Regions(regions=[RegionOut(name=one.name, place=one.description) for one in found])

    async def list_audit_events(self, asked: WhichEvents, _call: Call) -> Events:
        """List what was done to the account."""
        token = read_cursor(asked.cursor)
        if isinstance(token, int):
            raise CursorInvalidError
        since = self._clock.now() - timedelta(days=asked.days)
        raw = await self._vendor.events(
            {
                "start": since.strftime("%Y-%m-%dT%H:%M:%SZ"),
                "resource_type": asked.resource_type,
                "page_token": token,
            }
        )
        following = write_cursor(raw.page_token) if raw.page_token else None
        return Events(events=[_event(one) for one in raw.data], next_cursor=following)


def _key(raw: RawKey) -> KeyOut:
    return KeyOut(name=raw.name, public_key=raw.public_key)


def _filesystem(raw: RawFilesystem) -> FilesystemOut:
    return FilesystemOut(
        name=raw.name,
        region=raw.region.name,
        mount_point=raw.mount_point,
        is_in_use=raw.is_in_use,
        used_gib=round(raw.bytes_used / _GIB, 1) if raw.bytes_used is not None else None,
        created_at=raw.created,
        created_by=raw.created_by.email,
    )


def _size(raw: RawFilesystem) -> str:
    return f": {raw.bytes_used / _GIB:,.1f} GiB" if raw.bytes_used is not None else ""


def _images(raw: Sequence[RawImage]) -> list[ImageOut]:
    found: dict[tuple[str, str, str], ImageOut] = {}
    for one in raw:
        image = found.setdefault(
            (one.family, one.version, one.architecture),
            ImageOut(
                family=one.family,
                name=one.name,
                version=one.version,
                description=one.description,
                architecture=one.architecture,
                regions=[],
            ),
        )
        image.regions.append(one.region.name)
    return list(found.values())


def _event(raw: RawEvent) -> EventOut:
    return EventOut(
        at=raw.event_time,
        what=f"{raw.service_name}.{raw.resource_name} {raw.action}",
        actor=raw.actor_lrn,
        resources=raw.resource_lrns,
        details={name: str(value)[:200] for name, value in raw.additional_details.items()},
    )
