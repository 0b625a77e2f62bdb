"""Ranks questions by the methods of LoCoMo's harness; run in an environment of its own.

python memory_peers.py FOLDER_OF_THE_HARNESS < corpora.json > found.json
"""

import importlib
import json
import sys
import time
from typing import Any


def main() -> None:
    """Read what is asked, and write which method found what and how long it took."""
    sys.path.insert(0, sys.argv[1])
    registry: dict[str, Any] = importlib.import_module("baselines").REGISTRY
    given = json.load(sys.stdin)
    answers: dict[str, Any] = {}
    for name in given["methods"]:
        method = registry[name]()
        found: dict[str, list[list[str]]] = {}
        took_ms: list[float] = []
        for corpus in given["corpora"]:
            method.reset(corpus["name"])
            method.add([{"id": id_, "text": text} for id_, text in corpus["texts"].items()])
            found[corpus["name"]] = []
            for question in corpus["questions"]:
                began = time.perf_counter()
                found[corpus["name"]].append(method.search(question, 10))
                took_ms.append((time.perf_counter() - began) * 1000)
        method.close()
        answers[name] = {"name": method.name, "found": found, "took_ms": took_ms}
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
