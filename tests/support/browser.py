"""A real browser over the console: what it complains about, what its controls are called."""

import shutil
from dataclasses import dataclass, field
from pathlib import Path

from playwright.async_api import ConsoleMessage, Error, Locator, Page

PICTURES = Path(__file__).parents[2] / "test-results"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Whatever people can press or fill in, with what a screen reader would call it.
_NAMELESS = """
() => [...document.querySelectorAll('a, button, input, select, textarea, [role=menuitem]')]
  .filter((element) => element.checkVisibility())
  .filter((element) => {
    const labelled = (element.getAttribute('aria-labelledby') ?? '').split(' ')
      .map((id) => document.getElementById(id)?.textContent ?? '').join('');
    const labels = [...(element.labels ?? [])].map((label) => label.textContent).join('');
    const name = element.getAttribute('aria-label') || labelled || labels || element.textContent;
    return name.trim() === '';
  })
  .map((element) => element.outerHTML)
"""
# What has the focus while nothing around it shows that; the page as a whole shows it by itself.
_UNSEEN_FOCUS = """
() => {
  const focused = document.activeElement;
  for (let element = focused; element !== document.body; element = element.parentElement) {
    const style = getComputedStyle(element);
    const isOutlined = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
    if (isOutlined || style.boxShadow !== 'none') return null;
  }
  return focused === document.body ? null : focused.outerHTML.slice(0, 300);
}
"""
_FOCUSED = """
() => {
  const focused = document.activeElement;
  return focused === document.body ? '' : (focused.ariaLabel ?? focused.textContent);
}
"""


@dataclass  # playwright adds to the objects whose methods it calls
class Console:
    """A page of the console, and everything that its browser complained about."""

    page: Page
    complaints: list[str] = field(default_factory=list[str])

    def watch(self) -> None:
        """Take note of errors, which violations of the content security policy are too."""
        self.page.on("console", self._on_console)
        self.page.on("pageerror", self._on_error)

    async def open(self, link: str) -> None:
        """Sign in by a link."""
        await self.page.goto(link)
        await self.page.get_by_role("heading", name="What can I do for you?").wait_for()

    async def say(self, message: str) -> None:
        await self.page.get_by_label("Message", exact=True).fill(message)
        await self.page.keyboard.press("Enter")

    async def answered(self) -> str:
        """Wait for the newest answer to be complete and give its text."""
        await self.page.get_by_role("button", name="Copy answer").last.wait_for()
        return await self.answer().inner_text()

    def answer(self) -> Locator:
        return self.page.get_by_role("article", name="Sophia").last

    async def begin_anew(self) -> None:
        await self.page.get_by_role("link", name="New conversation").click()
        await self.page.get_by_role("heading", name="What can I do for you?").wait_for()

    async def tab_to(self, name: str, *, at_most: int = 40) -> None:
        """Press Tab until the control of that name has the focus, which must always be seen."""
        for _ in range(at_most):
            await self.page.keyboard.press("Tab")
            assert not (unseen := await self.page.evaluate(_UNSEEN_FOCUS)), unseen
            found = await self.page.evaluate(_FOCUSED)
            if name in found:
                return
        raise AssertionError(f"{name} cannot be reached by Tab")

    async def nameless(self) -> list[str]:
        """Give the controls that a screen reader could not name."""
        found: list[str] = await self.page.evaluate(_NAMELESS)
        return found

    async def picture(self, name: str) -> None:
        PICTURES.mkdir(exist_ok=True)
        await self.page.screenshot(path=PICTURES / f"{name}.png")

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(f"{message.text} ({message.location['url']})")

    def _on_error(self, error: Error) -> None:
        self.complaints.append(str(error))


def chromium() -> str | None:
    """Find a Chromium of this machine."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next(filter(None, map(shutil.which, names)), None)
