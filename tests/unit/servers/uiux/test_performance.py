"""Pages that are measured, changed where that is mechanical, and measured again."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from socket import create_server

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sophia.servers.uiux.audits.static import WithoutBrowser
from sophia.servers.uiux.performance.source import changed, is_module, rules_of, tags_of
from sophia.servers.uiux.server import open_eyes, uiux_parts
from tests.support.serving import listening_on, serving
from tests.support.uiux import Agent

PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" width="300" height="200"></svg>'
CSS = """/* a { } */ .used { color: red } .gone { color: blue }
@media print { .away, .used:hover { color: black } .nowhere::after { content: "}" } }
.used:not(.other) { margin: 0 } a[href="x:y"] { color: red } .md\\:flex { display: flex }
@keyframes turn { from { opacity: 0 } to { opacity: 1 } } @import url("x;y.css");"""
SCRIPT = "function never() { return 1 }\nwindow.ran = 1;"
UNUSED = [".gone", ".nowhere::after"]


def test_the_rules_of_a_page_are_read_where_they_stand() -> None:
    code = f"<style>{CSS}</style><p class='used'>x</p>"

    rules = rules_of(code)

    assert [rule.selectors for rule in rules] == [
        ".used",
        ".gone",
        ".away, .used:hover",
        ".nowhere::after",
        ".used:not(.other)",
        'a[href="x:y"]',
        ".md\\:flex",
    ]
    assert [rule.probe for rule in rules] == [
        ".used",
        ".gone",
        ".away, .used",
        ".nowhere",
        ".used",
        None,
        None,
    ]
    for rule in rules:
        assert rule.selectors in code[rule.start : rule.end]
        assert code[rule.end - 1] == "}"


@pytest.mark.parametrize(
    "css", ["a {", "a { b: 'x", "/* ", "}", "a { b } }", "@media x {" * 5000, "{{{"]
)
def test_styles_of_any_form_are_read(css: str) -> None:
    code = f"<style>{css}</style>"
    assert all(rule.end <= len(code) for rule in rules_of(code))


def test_tags_are_found_where_they_stand() -> None:
    code = "<head>\n<script src=a></script></head>\n<!-- <img> --><body>\n<p>é<img src=b>"

    tags = tags_of(code)

    assert [(tag.name, tag.is_in_head) for tag in tags] == [
        ("head", True),
        ("script", True),
        ("body", False),
        ("p", False),
        ("img", False),
    ]
    assert all(code[tag.at :].startswith(f"<{tag.name}") for tag in tags)
    assert changed(code, []) == code


def test_a_module_is_told_from_a_page() -> None:
    assert is_module("import x from 'y';\nexport const A = () => <img src={x} />;")
    assert not is_module("<p>\nimport of goods</p>")


async def test_without_a_browser_the_code_is_read_and_the_answer_says_so() -> None:
    page = '<head><script src="a.js"></script></head><img src="a.png"><img src="b.png">' * 2
    async with serving(uiux_parts(WithoutBrowser())) as served:
        agent = Agent(served)
        found = await agent.ask("optimize_performance", component_code=page)
        module = await agent.ask(
            "optimize_performance", component_code="import x from 'x';\nlet a = <img src={x} />;"
        )

    assert found["engine"] == "static"
    assert "Nothing was measured" in found["note"]
    assert found["before"] is found["after"] is found["code"] is None
    told = [one["what"] for one in found["changes"]]
    assert told.count("give the image its width and height") == 4
    assert told.count("load the image when it comes near") == 2
    assert "defer the script" in told
    assert not any(one["is_made"] for one in found["changes"])
    assert "not run" in module["note"]
    assert module["changes"][0]["where"].startswith("<img")


@asynccontextmanager
async def files() -> AsyncGenerator[str]:
    async def picture(_: Request) -> Response:
        return Response(PICTURE, media_type="image/svg+xml")

    async def script(_: Request) -> Response:
        return Response(
            "function never() { return 1 }\nwindow.ran = 1;", media_type="text/javascript"
        )

    app = Starlette(routes=[Route("/{name}.svg", picture), Route("/a.js", script)])
    bound = create_server(("127.0.0.1", 0))
    async with listening_on(bound, app):
        yield f"127.0.0.1:{bound.getsockname()[1]}"


async def test_what_is_mechanical_is_changed_and_measured_before_and_after() -> None:
    async with files() as host:
        eyes = open_eyes(host)
        if isinstance(eyes, WithoutBrowser):
            pytest.skip("no chromium is installed: apt-get install chromium")
        still = f"""<!doctype html><html lang="en"><head><title>Shop</title><style>{CSS}
.wide {{ width: 100px }}</style></head><body><img alt="" src="http://{host}/a.svg">
<p class="used">Under it</p><img class="wide" alt="" src="http://{host}/c.svg">
<div style="height: 9000px"></div><img alt="" src="http://{host}/b.svg"></body></html>"""
        running = f"""<!doctype html><html lang="en"><head><title>Shop</title>
<script src="http://{host}/a.js"></script><style>.gone {{ color: red }}</style></head>
<body>Shop</body></html>"""
        async with serving(uiux_parts(eyes)) as served:
            agent = Agent(served)
            found = await agent.ask("optimize_performance", component_code=still)
            scripted = await agent.ask("optimize_performance", component_code=running)

    code, before, after = found["code"], found["before"], found["after"]
    assert [
        one["where"] for one in found["changes"] if one["what"] == "take the rule out"
    ] == UNUSED
    assert f'<img loading="lazy" width="300" height="200" alt="" src="http://{host}/b.svg">' in code
    assert f'<img width="300" height="200" alt="" src="http://{host}/a.svg">' in code
    assert f'<img class="wide" alt="" src="http://{host}/c.svg">' in code, "it would be distorted"
    assert ".away, .used:hover" in code
    assert (before["requests"], after["requests"]) == (3, 2)
    assert before["loaded_bytes"] == {"image": 3 * len(PICTURE)}
    assert after["loaded_bytes"] == {"image": 2 * len(PICTURE)}
    assert before["layout_shift"] > after["layout_shift"] == 0
    assert before["css_unused_chars"] - after["css_unused_chars"] >= len(".gone { color: blue }")

    assert '<script defer src="http' in scripted["code"]
    assert ".gone" in scripted["code"], "a script may need it"
    assert 0 < scripted["before"]["js_unused_chars"] < scripted["before"]["js_chars"]
