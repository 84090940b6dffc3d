"""Completions of roledex for xonsh, made from its arguments: `roledex completions xonsh`."""

from xonsh.completers.tools import RichCompletion

# For each command, its words with what they mean, and the values of its options.
COMMANDS = @COMMANDS@


def xonsh_complete(context):
    name = option = ""
    for arg in context.args[1 : context.arg_index]:
        option = arg.value
        if f"{name} {option}".strip() in COMMANDS:
            name = f"{name} {option}".strip()
    words, values = COMMANDS[name]
    offered = values.get(option, words)
    found = [word for word in offered if word[0].startswith(context.prefix)]
    # Without a word, files are offered.
    return {RichCompletion(word, description=about, append_space=True) for word, about in found} or None
