import pytest

from sophia.core import registry
from sophia.toolbox.names import faults, taken_by


@pytest.mark.parametrize(
    ("name", "own"),
    [
        ("github", "github"),
        ("g1thub", "github"),
        ("glthub", "github"),
        ("rnemory", "memory"),
        ("mem0ry", "memory"),
        ("lambdacli", "lambda-cli"),
        ("lambda-c1i", "lambda-cli"),
        ("git-hub", "github"),
        ("as-ana", "asana"),
    ],
)
def test_a_server_cannot_pass_for_one_of_ours(name: str, own: str) -> None:
    assert taken_by(name, registry.MCP_SERVERS) == own


@pytest.mark.parametrize("name", ["gitlab", "github-enterprise", "notes", "memories"])
def test_other_names_are_free(name: str) -> None:
    assert taken_by(name, registry.MCP_SERVERS) is None


@pytest.mark.parametrize(
    ("names", "faulty", "said"),
    [
        (["send", "s\u0435nd"], "s\u0435nd", "CYRILLIC SMALL LETTER IE"),
        (["send", "se\u200bnd"], "se\u200bnd", "ZERO WIDTH SPACE"),
        (["send", "s\U000e0065nd"], "s\U000e0065nd", "TAG LATIN SMALL LETTER E"),
        (["send_mail", "send-mail"], "send-mail", "can be taken for send_mail"),
        (["delete_file", "de1ete_file"], "de1ete_file", "can be taken for delete_file"),
        (["return_item", "retum_item"], "retum_item", "can be taken for return_item"),
        (["List", "list"], "list", "can be taken for List"),
        (["send", "send"], "send", "several tools"),
        (["ｓend"], "ｓend", "FULLWIDTH"),  # noqa: RUF001 - that is what is tested
        (["a b"], "a b", "SPACE"),
        (["a/b"], "a/b", "SOLIDUS"),
        ([""], "", "other signs"),
        (["x" * 129], "x" * 129, "longer"),
    ],
)
def test_a_name_that_is_not_plain_or_passes_for_another_is_refused(
    names: list[str], faulty: str, said: str
) -> None:
    found = faults(names)

    assert list(found) == [faulty]
    assert said in found[faulty]


def test_names_that_only_resemble_each_other_are_kept() -> None:
    names = ["get_item", "get_items", "getItem", "list_v1", "list_v2", "a.b", "test_simple_text"]

    assert faults(names) == {}
