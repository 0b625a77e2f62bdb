"""The tools that look at pages."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self

from mcp_types import ContentBlock
from pydantic import BaseModel, ConfigDict, Field, model_validator

from sophia.servers import blocks
from sophia.servers.call import Call
from sophia.servers.parts import Tool
from sophia.servers.uiux.audits.port import MAX_HEIGHT, Eyes, Scheme, Shown, Size, View
from sophia.servers.uiux.audits.schemas import Accessibility, WcagLevel

_MAX_HTML_CHARS = 500_000
_MAX_PICTURES_BYTES = 6 * 1024 * 1024
_TIMEOUT_S = 90
type Device = Literal["phone", "tablet", "desktop"]

DEVICES: dict[Device, Size] = {
    "phone": Size(390, 844, is_touch=True),
    "tablet": Size(820, 1180, is_touch=True),
    "desktop": Size(1280, 800),
}


Html = Annotated[
    str | None, Field(max_length=_MAX_HTML_CHARS, description="HTML: a page or a part of one.")
]
Url = Annotated[
    str | None,
    Field(max_length=2000, pattern=r"^https?://", description="A public page instead."),
]
Themes = Annotated[list[Scheme], Field(min_length=1, max_length=2)]


class Looked(BaseModel):
    """What to look at."""

    model_config = ConfigDict(extra="forbid")

    html: Html = None
    url: Url = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.html is None) == (self.url is None):
            raise ValueError("give either html or a url")
        return self

    @property
    def shown(self) -> Shown:
        """Give it as the browser takes it."""
        return Shown(html=self.html, url=self.url)


class CheckAccessibility(Looked):
    """The arguments of check_accessibility."""

    wcag_level: WcagLevel = "AA"
    themes: Themes = Field(default_factory=lambda: ["light"])


class TakeScreenshot(Looked):
    """The arguments of take_screenshot."""

    devices: list[Device] = Field(default_factory=lambda: ["desktop"], min_length=1, max_length=3)
    themes: Themes = Field(default_factory=lambda: ["light"])
    is_full_page: bool = Field(default=True, description=f"Up to {MAX_HEIGHT} px of height.")
    highlight: list[str] = Field(
        default_factory=list,
        max_length=50,
        description="CSS selectors of elements to frame, such as those of an audit.",
    )


class AuditTools:
    """What the tools do."""

    def __init__(self, eyes: Eyes) -> None:
        """Take what looks at pages."""
        self._eyes = eyes

    async def check_accessibility(self, given: CheckAccessibility, _call: Call) -> Accessibility:
        """Look for what keeps people out."""
        return await self._eyes.accessibility(given.shown, given.wcag_level, given.themes)

    async def take_screenshot(self, given: TakeScreenshot, call: Call) -> Sequence[ContentBlock]:
        """Show a page; raises BrowserMissingError."""
        wanted: list[tuple[Device, Scheme]] = [
            (device, theme) for device in given.devices for theme in given.themes
        ]
        found: list[ContentBlock] = []
        for done, (device, theme) in enumerate(wanted):
            await call.progress(done, len(wanted), f"{device}, {theme}")
            size = DEVICES[device]
            view = View(size, theme, given.is_full_page, tuple(given.highlight))
            picture = await self._eyes.picture(given.shown, view)
            is_cut = given.is_full_page and picture.whole_px > picture.height_px
            cut = f", cut at {picture.height_px} of {picture.whole_px} px" if is_cut else ""
            found += [
                blocks.text(f"{device} ({size.width} px wide), {theme} theme{cut}"),
                blocks.image(picture.data, mime_type="image/jpeg"),
            ]
        return found

    def tools(self) -> list[Tool[Any, Any]]:
        """List the tools."""
        shared: dict[str, Any] = {
            "is_read_only": True,
            "is_idempotent": True,
            "is_open_world": True,
            "is_untrusted": True,
            "toolset": "audits",
            "timeout_s": _TIMEOUT_S,
        }
        return [
            Tool(
                name="check_accessibility",
                title="Check accessibility",
                description="Check HTML or a public page by WCAG 2.2: what is broken, where, how"
                " to mend it. In a real browser with axe-core; without one HTML alone is read, and"
                " the answer says so.",
                arguments=CheckAccessibility,
                result=Accessibility,
                run=self.check_accessibility,
                **shared,
            ),
            Tool(
                name="take_screenshot",
                title="Take a screenshot",
                description="Show HTML or a public page as phones, tablets and desktops do, in the"
                " light and the dark theme, with elements framed.",
                arguments=TakeScreenshot,
                run=self.take_screenshot,
                max_answer_bytes=_MAX_PICTURES_BYTES,
                **shared,
            ),
        ]
