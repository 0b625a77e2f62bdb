"""Colours, palettes and scales."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sophia.servers.uiux.colour import hexadecimal, oklch, read_colour
from sophia.servers.uiux.contrast import apca_lc, mended, wcag_ratio
from sophia.servers.uiux.palette import STEPS, dark_pairs, light_pairs, neutral_of, ramp
from tests.support.uiux import Agent

WHITE, BLACK = read_colour("white"), read_colour("black")

# The values that APCA's author publishes for whoever implements 0.0.98G-4g.
APCA = [
    ("#888", "#fff", 63.056469930209424),
    ("#fff", "#888", -68.54146436644962),
    ("#000", "#aaa", 58.146262578561334),
    ("#aaa", "#000", -56.24113336839742),
    ("#123", "#def", 91.66830811481631),
    ("#def", "#123", -93.06770049484275),
    ("#123", "#444", 8.32326136957393),
    ("#444", "#123", -7.526878460278154),
]

colours = st.builds(
    oklch,
    st.floats(0, 1),
    st.floats(0, 0.4),
    st.floats(0, 359),
)


@pytest.mark.parametrize(("foreground", "background", "expected"), APCA)
def test_apca_is_what_its_author_publishes(
    foreground: str, background: str, expected: float
) -> None:
    assert apca_lc(read_colour(foreground), read_colour(background)) == pytest.approx(expected)


@settings(max_examples=20)
@given(seed=colours)
def test_every_pair_of_a_palette_has_the_contrast_that_it_needs(seed: object) -> None:
    colour = read_colour(str(seed))
    brand, neutral = ramp(colour), neutral_of(colour)
    for pair in [*light_pairs(brand, neutral), *dark_pairs(brand, neutral)]:
        assert pair.ratio >= pair.needed, pair.use
    ratios = [wcag_ratio(brand.colours[step], WHITE) for step in STEPS]
    assert ratios == sorted(ratios)


@given(moved=colours, fixed=colours, needed=st.sampled_from([3.0, 4.5, 7.0]))
def test_a_mended_colour_has_the_contrast_where_any_could(
    moved: object, fixed: object, needed: float
) -> None:
    still = read_colour(str(fixed))
    found = mended(read_colour(str(moved)), still, ratio=needed)
    if found is None:
        assert max(wcag_ratio(WHITE, still), wcag_ratio(BLACK, still)) < needed
    else:
        assert wcag_ratio(read_colour(hexadecimal(found)), still) >= needed


async def test_a_contrast_that_is_too_low_comes_with_its_mending(agent: Agent) -> None:
    found = await agent.ask("check_contrast", foreground="#9ca3af", background="white")

    assert (found["ratio"], found["needed"], found["passes"]) == (2.53, 4.5, False)
    assert found["better"] == "black"
    fix = found["fixes"][0]
    assert fix["changed"] == "foreground"
    again = await agent.ask("check_contrast", foreground=fix["colour"], background="white")
    assert again["passes"]
    assert again["fixes"] == []


async def test_what_is_translucent_is_judged_as_it_is_seen(agent: Agent) -> None:
    faint = await agent.ask("check_contrast", foreground="rgb(0 0 0 / 0.2)", background="white")
    solid = await agent.ask("check_contrast", foreground="#cccccc", background="white")

    assert faint["ratio"] == solid["ratio"]


async def test_a_ratio_is_never_rounded_up_to_one_that_passes(agent: Agent) -> None:
    found = await agent.ask("check_contrast", foreground="#777777", background="white")

    assert (found["ratio"], found["passes"]) == (4.47, False)


async def test_something_that_is_no_colour_is_told_how_to_be_one(agent: Agent) -> None:
    assert "such as #2563eb" in await agent.refusal("create_palette", seed="bluish")


async def test_a_palette_comes_as_tokens_that_can_be_exported(agent: Agent) -> None:
    palette = await agent.ask("create_palette", seed="#2563eb", name="brand")
    assert [one["step"] for one in palette["colours"]] == list(STEPS)
    assert palette["seed_step"] == 600

    written = await agent.ask("export_tokens", tokens=palette["tokens"], format="css")
    for one in palette["colours"]:
        assert f"--brand-{one['step']}: {one['hex']};" in written["content"]


@pytest.mark.parametrize("arguments", [{"kind": "type", "ratio": "golden"}, {"kind": "spacing"}])
async def test_a_scale_grows_and_comes_as_tokens(agent: Agent, arguments: dict[str, str]) -> None:
    scale = await agent.ask("create_scale", **arguments)
    sizes = [one["px"] for one in scale["sizes"]]
    assert sizes == sorted(set(sizes))

    found = await agent.ask("validate_tokens", tokens=scale["tokens"])
    assert found["problems"] == []
    assert found["tokens"] >= len(sizes)
