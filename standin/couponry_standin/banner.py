"""What a starting engine says about itself."""

from __future__ import annotations

from couponry_standin.state import EngineState

NOTICE = (
    "couponry engine {version}: a development stand-in, NOT a SQL Server.",
    "It runs couponry's T-SQL over an embedded PostgreSQL, for laptops and CI.",
    "Loopback only, encrypted for clients that ask: never keep real data in it.",
)


def banner(state: EngineState, strings: dict[str, str], password: str) -> str:
    """The notice, the endpoint and how to connect."""
    facts = {
        "endpoint": f"{state.host},{state.port}",
        "login": f"{state.login} / {password}",
        "data": state.data_dir,
        **{name: text for name, text in strings.items() if name != "env"},
    }
    width = max(len(name) for name in facts)
    lines = [line.format(version=state.version) for line in NOTICE]
    rule = "=" * max(len(line) for line in lines)
    body = [f"  {name:<{width}}  {text}" for name, text in facts.items()]
    return "\n".join((rule, *lines, rule, *body))
