# SPDX-License-Identifier: Apache-2.0
"""An agent of the OpenAI Agents SDK with one tool: agents_calls.py WIRE plain|stream.

Prints two lines of JSON: what the turn came to, and which hosts beside this machine were asked for.
None is reached: the attempt is noted and refused. Address and key are the environment's.
"""

import asyncio
import ipaddress
import sys

from told import tell

asked = []


def stay_here(event, arguments):
    if event == "socket.getaddrinfo":
        host = arguments[0]
    elif event == "socket.connect" and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    else:
        return
    host = host.decode() if isinstance(host, bytes) else host
    try:
        near = ipaddress.ip_address(host).is_loopback
    except ValueError:
        near = host in (None, "", "localhost")
    if not near:
        asked.append(host)
        raise PermissionError(f"{host} is not this machine")


sys.addaudithook(stay_here)

import agents  # noqa: E402  (after the hook, so that its import is watched as well)


@agents.function_tool
def look_up(text: str) -> str:
    """Looks a text up."""
    return f"found {text}"


async def turn(stream):
    agent = agents.Agent(
        name="clerk", instructions="Look things up.", tools=[look_up], model="gpt-test"
    )
    if not stream:
        done = await agents.Runner.run(agent, "look it up")
    else:
        done = agents.Runner.run_streamed(agent, "look it up")
        async for _ in done.stream_events():
            pass
    items = [item for item in done.new_items if item.type == "tool_call_output_item"]
    return {"text": done.final_output, "outputs": [item.output for item in items]}


if __name__ == "__main__":
    wire, how = sys.argv[1:]
    agents.set_default_openai_api("responses" if wire == "responses" else "chat_completions")
    tell(lambda: asyncio.run(turn(how == "stream")))
    # What is traced is sent now at the latest.
    agents.tracing.get_trace_provider().shutdown()
    tell(lambda: {"hosts": asked})
