"""Drives headless Chromium by its own DevTools protocol, over the websockets that Airflow's lock pins anyway.

No driver binary and no further package: real keys, phone sizes, colour schemes and screenshots are Chromium's
own commands.
"""

from __future__ import annotations

import base64
import itertools
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
_KEYS = {"Tab": 9, "Enter": 13, "ArrowRight": 39, "ArrowLeft": 37, " ": 32}
_PATIENCE_SECONDS = 20.0


def find_chromium() -> str | None:
    """The browser: ``COUPA_ERP_CHROMIUM`` names it, else it goes by one of the usual names on the PATH."""
    named = os.environ.get("COUPA_ERP_CHROMIUM")
    return named or next((found for name in _NAMES if (found := shutil.which(name))), None)


class Tab:
    """One page in the browser."""

    def __init__(self, wire: ClientConnection, session: str, counter: Iterator[int]) -> None:
        self._wire, self._session, self._counter = wire, session, counter
        self.faults: list[str] = []
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> Any:
        """One command; what the page complains of meanwhile is kept in ``faults``."""
        number = next(self._counter)
        self._wire.send(
            json.dumps({"id": number, "method": method, "params": parameters, "sessionId": self._session})
        )
        while True:
            message = json.loads(self._wire.recv(timeout=_PATIENCE_SECONDS))
            if message.get("id") == number:
                assert "error" not in message, (method, message["error"])
                return message["result"]
            self._notice(message)

    def _notice(self, message: dict[str, Any]) -> None:
        told = message.get("params", {})
        if message.get("method") == "Runtime.exceptionThrown":
            details = told["exceptionDetails"]
            self.faults.append(details.get("exception", {}).get("description") or details["text"])
        elif message.get("method") == "Log.entryAdded" and told["entry"]["level"] == "error":
            self.faults.append(f"{told['entry']['text']} {told['entry'].get('url', '')}".strip())

    def open(self, address: str) -> None:
        self.call("Page.navigate", url=address)
        self.until("document.readyState === 'complete'")

    def run(self, script: str) -> Any:
        """The value of an expression in the page."""
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def until(self, script: str, seconds: float = _PATIENCE_SECONDS) -> None:
        """Wait until the expression is true."""
        deadline = time.monotonic() + seconds
        while not self.run(f"Boolean({script})"):
            assert time.monotonic() < deadline, (script, self.faults, self.run("document.body.innerText"))
            time.sleep(0.03)

    def text(self, selector: str = "body") -> str:
        shown: str = self.run(f"document.querySelector({json.dumps(selector)}).innerText")
        return shown

    def press(self, *keys: str) -> None:
        """Real keys, as a person without a mouse presses them."""
        for key in keys:
            named = {"key": key, "windowsVirtualKeyCode": _KEYS.get(key, 0), "code": key}
            text = {"Enter": "\r", " ": " "}.get(key)
            self.call("Input.dispatchKeyEvent", type="keyDown", **named, **({"text": text} if text else {}))
            self.call("Input.dispatchKeyEvent", type="keyUp", **named)

    def write(self, text: str) -> None:
        self.call("Input.insertText", text=text)

    def size(self, width: int, height: int, *, phone: bool = False) -> None:
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=2 if phone else 1,
            mobile=phone,
        )

    def prefer(self, theme: str) -> None:
        """What the system prefers: ``light`` or ``dark``."""
        features = [{"name": "prefers-color-scheme", "value": theme}]
        self.call("Emulation.setEmulatedMedia", features=features)

    def screenshot(self, file: Path) -> None:
        """The whole page, not the window alone."""
        shot = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        file.write_bytes(base64.b64decode(shot["data"]))


class Browser:
    """A running Chromium."""

    def __init__(self, wire: ClientConnection) -> None:
        self._wire, self._counter = wire, itertools.count(1)

    def _call(self, method: str, **parameters: Any) -> Any:
        number = next(self._counter)
        self._wire.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self._wire.recv(timeout=_PATIENCE_SECONDS))
            if message.get("id") == number:
                return message["result"]

    @contextmanager
    def tab(self) -> Iterator[Tab]:
        """A tab with storage of its own, closed at the end."""
        context = self._call("Target.createBrowserContext")["browserContextId"]
        target = self._call("Target.createTarget", url="about:blank", browserContextId=context)["targetId"]
        session = self._call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        try:
            yield Tab(self._wire, session, self._counter)
        finally:
            self._call("Target.disposeBrowserContext", browserContextId=context)

    def addresses(self) -> list[str]:
        """The addresses of all open tabs."""
        infos = self._call("Target.getTargets")["targetInfos"]
        return [info["url"] for info in infos if info["type"] == "page"]


@contextmanager
def running_browser(program: str, profile: Path) -> Iterator[Browser]:
    """Start Chromium with a profile of its own, and end it."""
    command = [program, "--headless=new", "--remote-debugging-port=0", f"--user-data-dir={profile}"]
    command += [
        "--no-first-run",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
    ]
    command += ["--disable-extensions", "--hide-scrollbars", "--force-color-profile=srgb", "--lang=en-GB"]
    if os.geteuid() == 0:
        # Chromium refuses its sandbox to root; what it opens here is ours alone.
        command.append("--no-sandbox")
    process = subprocess.Popen(  # noqa: S603 - the browser that was found
        [*command, "about:blank"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        with connect(_address(profile / "DevToolsActivePort", process), max_size=None) as wire:
            yield Browser(wire)
    finally:
        process.terminate()
        process.wait(timeout=20)


def _address(told: Path, process: subprocess.Popen[bytes]) -> str:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        assert process.poll() is None, "Chromium ended at once"
        lines = told.read_text().split() if told.exists() else []
        if len(lines) == 2:
            return f"ws://127.0.0.1:{lines[0]}{lines[1]}"
        time.sleep(0.05)
    raise AssertionError("Chromium did not open its DevTools port")
