"""What would make a page faster, and the changes that are mechanical."""

from collections.abc import Sequence
from dataclasses import dataclass

from sophia.servers.uiux.audits.port import Measured, SeenImage
from sophia.servers.uiux.performance.source import Edit, Rule, Tag, rules_of, tags_of

_BIG_DATA_CHARS = 4_000
_EAGER_IMAGES = 2  # those that are likely seen first, where nothing was drawn
_SHOWN_CHARS = 120


@dataclass(frozen=True, slots=True)
class Step:
    """Something to change; without edits it is for a person."""

    what: str
    where: str
    why: str
    edits: tuple[Edit, ...] = ()


def plan(code: str, measured: Measured | None) -> list[Step]:
    """Say what to change, the greatest first; without a measurement there are no edits."""
    tags = tags_of(code)
    runs = any(_is_running(tag) for tag in tags)
    return [
        *_blocking(tags, is_mechanical=measured is not None),
        *_images(tags, measured.images if measured else None),
        *(_rules(code, measured, runs=runs) if measured else ()),
        *_embedded(tags),
    ]


def _is_running(tag: Tag) -> bool:
    is_script = tag.name == "script" and "json" not in tag.attributes.get("type", "")
    return (
        is_script or tag.name == "template" or any(name.startswith("on") for name in tag.attributes)
    )


def _blocking(tags: Sequence[Tag], *, is_mechanical: bool) -> list[Step]:
    found: list[Step] = []
    scripts = [tag for tag in tags if tag.name == "script"]
    # Scripts in the page may need those before them, which deferred ones are no more.
    is_sure = is_mechanical and all("src" in tag.attributes for tag in scripts)
    for tag in tags:
        own = tag.attributes
        if tag.name == "link" and own.get("rel") == "stylesheet" and tag.is_in_head:
            found.append(
                Step(
                    "load the style sheet with the page, or with a media that fits",
                    _shown(tag),
                    "Nothing is drawn before it has come.",
                )
            )
        is_waiting = not {"async", "defer"} & set(own) and own.get("type") != "module"
        if tag.name == "script" and "src" in own and tag.is_in_head and is_waiting:
            edit = Edit(tag.at + len("<script"), tag.at + len("<script"), " defer")
            found.append(
                Step(
                    "defer the script",
                    _shown(tag),
                    "The page is not read on before it has come and run; deferred ones keep their"
                    " order. Not for one that calls document.write.",
                    (edit,) if is_sure else (),
                )
            )
    return found


def _images(tags: Sequence[Tag], seen: Sequence[SeenImage] | None) -> list[Step]:
    images = [tag for tag in tags if tag.name == "img"]
    is_sure = seen is not None and [one.src for one in seen] == [
        tag.attributes.get("src", "") for tag in images
    ]
    found: list[Step] = []
    for place, tag in enumerate(images):
        one = seen[place] if seen is not None and is_sure else None
        found += [*_sized(tag, one), *_lazy(tag, one, place)]
    return found


def _sized(tag: Tag, seen: SeenImage | None) -> list[Step]:
    if {"width", "height"} <= set(tag.attributes):
        return []
    at = tag.at + len("<img")
    edits: tuple[Edit, ...] = ()
    if seen and seen.keeps_its_box and not {"width", "height"} & set(tag.attributes):
        edits = (Edit(at, at, f' width="{seen.width}" height="{seen.height}"'),)
    return [
        Step(
            "give the image its width and height",
            _shown(tag),
            "What is below it moves when it comes."
            + ("" if edits or seen is None else " With height: auto where CSS sets its width."),
            edits,
        )
    ]


def _lazy(tag: Tag, seen: SeenImage | None, place: int) -> list[Step]:
    is_below = seen.is_below if seen else place >= _EAGER_IMAGES
    if "loading" in tag.attributes or not is_below:
        return []
    at = tag.at + len("<img")
    why = "It is below what is seen first, and is loaded all the same."
    edits = (Edit(at, at, ' loading="lazy"'),) if seen else ()
    return [Step("load the image when it comes near", _shown(tag), why, edits)]


def _rules(code: str, measured: Measured, *, runs: bool) -> list[Step]:
    """Take out what matches nothing in any state; where scripts run, more may come to match."""
    return [
        Step(
            "take the rule out",
            _cut(rule.selectors),
            f"It matches nothing ({rule.end - rule.start} characters)."
            + (" A script may need it: look before you do." if runs else ""),
            () if runs else (Edit(rule.start, rule.end),),
        )
        for rule in rules_of(code)
        if rule.probe in measured.unmatched
    ]


def _embedded(tags: Sequence[Tag]) -> list[Step]:
    return [
        Step(
            "make a file of the embedded data",
            _shown(tag),
            f"{len(tag.attributes['src'])} characters stand in the way of what follows.",
        )
        for tag in tags
        if tag.attributes.get("src", "").startswith("data:")
        and len(tag.attributes["src"]) > _BIG_DATA_CHARS
    ]


def _shown(tag: Tag) -> str:
    told = "".join(f' {name}="{value}"' for name, value in tag.attributes.items())
    return _cut(f"<{tag.name}{told}>")


def _cut(words: str) -> str:
    return words if len(words) <= _SHOWN_CHARS else words[:_SHOWN_CHARS] + "…"


def probes_of(code: str) -> list[str]:
    """Give the selectors to ask the page for."""
    rules: list[Rule] = rules_of(code)
    return sorted({probe for rule in rules if (probe := rule.probe)})
