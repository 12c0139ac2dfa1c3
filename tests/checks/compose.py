"""The compose file: sound, pinned, healthy, hardened, bounded, and closed to other machines."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

FILE = Path("serving/compose.yaml")
ONE_VERSION = re.compile(r":v?\d+\.\d+\.\d+[\w.-]*(@sha256:[0-9a-f]{64})?$|@sha256:[0-9a-f]{64}$")
HARDENED: Mapping[str, Any] = {
    "read_only": True,
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges:true"],
}
DECLARED = ("networks", "volumes", "secrets")


def problems(path: Path, *, has_healthcheck: bool) -> Iterator[str]:
    """One line for each problem, with its fix; ``has_healthcheck``: whether the image that is built brings one."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        services = content["services"]
    except (yaml.YAMLError, KeyError, TypeError) as error:
        yield f"{path}: is no compose file: {' '.join(str(error).split())}; fix: correct it"
        return
    for name, service in services.items():
        where = f"{path}: the service {name}"
        yield from (f"{where} {problem}" for problem in _of_service(service, has_healthcheck=has_healthcheck))
        yield from (f"{where} {problem}" for problem in _names(service, content))


def pinned(image: str) -> bool:
    """Whether ``image`` has a full version: a tag of three numbers or a digest."""
    return ONE_VERSION.search(image) is not None


def _of_service(service: Mapping[str, Any], *, has_healthcheck: bool) -> Iterator[str]:
    built = "build" in service
    if not built and not pinned(service.get("image", "")):
        yield f"runs {service.get('image')}, which has no full version; fix: write it, such as redis:8.2.8"
    if not _healthy(service, inherits=built and has_healthcheck):
        yield "has no healthcheck; fix: give it one"
    for port in service.get("ports", ()):
        if not _on_loopback(port):
            yield f"publishes {port} to other machines; fix: begin it with 127.0.0.1:"
    if "mem_limit" not in service:
        yield "may take all memory of the machine; fix: give it a mem_limit, such as 2g"
    for key, value in HARDENED.items():
        if service.get(key) != value:
            yield f"has {key}: {service.get(key)}; fix: {value}"


def _healthy(service: Mapping[str, Any], *, inherits: bool) -> bool:
    own = service.get("healthcheck")
    if own is None:
        return inherits
    return bool(own.get("test")) and own["test"] != ["NONE"] and not own.get("disable")


def _on_loopback(port: str | int | Mapping[str, Any]) -> bool:
    host = port.get("host_ip", "") if isinstance(port, Mapping) else str(port)
    return str(host).startswith(("127.", "[::1]", "::1"))


def _names(service: Mapping[str, Any], content: Mapping[str, Any]) -> Iterator[str]:
    """Names that are not defined: an engine would find them only at its start."""
    for kind in DECLARED:
        for name in _used(service.get(kind) or ()):
            if name not in (content.get(kind) or {}):
                yield f"uses {name}, which is not under {kind}; fix: declare it there"
    for name in service.get("depends_on") or ():
        if name not in content["services"]:
            yield f"depends on {name}, which is no service; fix: correct the name"


def _used(entries: Any) -> Iterator[str]:
    """Names of networks, secrets and named volumes; a volume bound to a path has no name."""
    for entry in entries:
        match entry:
            case str():
                name = entry.partition(":")[0]
                if not name.startswith((".", "/", "~")):
                    yield name
            case {"type": "volume", "source": str(source)}:
                yield source
            case {"source": str(source)} if "type" not in entry:
                yield source
