"""How people write tasks and projects."""

import pytest

from sophia.servers.asana.handles import gid_of, is_custom_id, is_mail, user_path
from sophia.servers.vendor.errors import HandleError

WEB = "https://app.asana.com"


@pytest.mark.parametrize(
    "written",
    [
        "123",
        " 123 ",
        f"{WEB}/0/456/123",
        f"{WEB}/0/456/123/f",
        f"{WEB}/0/0/123/f",
        f"{WEB}/0/inbox/9/123/7",
        f"{WEB}/0/search/9/123",
        f"{WEB}/1/1/task/123",
        f"{WEB}/1/1/project/456/task/123?focus=true",
        f"{WEB}/1/1/project/456/task/123/comment/9",
        f"{WEB}/1/1/inbox/9/item/123/story/7",
    ],
)
def test_a_task_is_understood(written: str) -> None:
    assert gid_of(written, "task") == "123"


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        (f"{WEB}/0/456/list", "project"),
        (f"{WEB}/0/456", "project"),
        (f"{WEB}/0/456/123", "project"),
        (f"{WEB}/1/1/project/456/board/8", "project"),
        (f"{WEB}/0/portfolio/456/list", "portfolio"),
        (f"{WEB}/1/1/portfolio/456/123", "portfolio"),
        (f"{WEB}/1/1/profile/456", "user"),
        (f"{WEB}/1/456/home", "workspace"),
    ],
)
def test_other_things_are_understood_by_their_addresses(written: str, kind: str) -> None:
    assert gid_of(written, kind) == "456"


@pytest.mark.parametrize("written", [f"{WEB}/0/456/list", f"{WEB}/1/1/project/456", f"{WEB}/"])
def test_the_address_of_something_else_is_refused(written: str) -> None:
    with pytest.raises(HandleError, match="no web address of a task"):
        gid_of(written, "task")


def test_a_name_is_no_gid() -> None:
    assert gid_of("Ferry 2", "project") is None


def test_the_ids_of_a_workspace_s_own_are_known() -> None:
    assert is_custom_id("FER-12")
    assert not is_custom_id("Ferry timetable")


def test_an_e_mail_address_leads_nowhere_else() -> None:
    assert is_mail("ines@harbour-labs.example")
    assert not is_mail("Ines @ home")
    assert user_path("a@b/../../tasks?x") == "/users/a@b%2F..%2F..%2Ftasks%3Fx"
