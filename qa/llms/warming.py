"""Let a local model read what every question has in common, before one comes."""

from llama_index.core.llms import LLM

from prompts import load_prompt


def warm(llm: LLM, prompt: str = "answer") -> None:
    """Let a local model read the constant part of a prompt before the next question comes."""
    if read_ahead := getattr(llm, "warm", None):
        read_ahead(load_prompt(prompt).message_templates[:-1])
