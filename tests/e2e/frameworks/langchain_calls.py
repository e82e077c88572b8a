# SPDX-License-Identifier: Apache-2.0
"""LangChain as a program uses it: langchain_calls.py WIRE CALL… prints one line of JSON a call.

Nothing here knows of a gateway: address and key are the environment's.
"""

import sys

from told import tell


def model(wire):
    if wire in ("chat", "responses"):
        from langchain_openai import ChatOpenAI

        return ChatOpenAI(model="gpt-test", use_responses_api=wire == "responses")
    if wire == "anthropic":
        from langchain_anthropic import ChatAnthropic

        return ChatAnthropic(model="claude-test")
    from langchain_google_genai import ChatGoogleGenerativeAI

    return ChatGoogleGenerativeAI(model="gemini-test")


def look_up(text: str) -> str:
    """Looks a text up."""
    return f"found {text}"


def invoke(wire):
    answer = model(wire).invoke("hello")
    return {"text": answer.text, "output_tokens": answer.usage_metadata["output_tokens"]}


def stream(wire):
    pieces = [piece.text for piece in model(wire).stream("hello")]
    return {"text": "".join(pieces), "pieces": len(pieces)}


def tools(wire):
    """Two turns: the model calls the tool, sees what it found, and answers."""
    from langchain_core.messages import HumanMessage, ToolMessage

    able = model(wire).bind_tools([look_up])
    question = HumanMessage("look it up")
    asked = able.invoke([question])
    [call] = asked.tool_calls
    found = ToolMessage(look_up(**call["args"]), tool_call_id=call["id"])
    answer = able.invoke([question, asked, found])
    return {"call": [call["name"], call["args"]], "text": answer.text}


def embed(_):
    from langchain_openai import OpenAIEmbeddings

    # Without the check it sends the texts; with it, tokens by a vocabulary that it would download.
    vectors = OpenAIEmbeddings(model="embed-test", check_embedding_ctx_length=False)
    return {"vectors": [len(vector) for vector in vectors.embed_documents(["one", "two"])]}


if __name__ == "__main__":
    for name in sys.argv[2:]:
        tell(lambda: globals()[name](sys.argv[1]))
