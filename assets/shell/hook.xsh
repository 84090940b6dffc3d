# roledex in xonsh. In ~/.xonshrc: execx($(roledex init xonsh))
#
#   rdx            pick an account and a role, and export them into this shell
#   rdx prod adm   the same, with a search and flags of `roledex env`; one match is taken at once
#   rdx -          the previous role of this shell
#   rdx refresh    new credentials for its role
#   rdx off        take them back
#   rdx login      any other command of roledex


def __roledex_hook():
    import subprocess

    from xonsh.built_ins import XSH
    from xonsh.completers.completer import add_one_completer
    from xonsh.completers.tools import RichCompletion, contextual_command_completer

    commands = [@COMMANDS@, "-h", "--help", "-V", "--version"]
    of_entries = [@ENTRY_COMMANDS@]
    with_value = [@VALUE_FLAGS@]

    def roledex(*words, **streams):
        # xonsh refuses an alias within itself; a shell that roledex starts has its own.
        env = {name: value for name, value in XSH.env.detype().items() if not name.startswith("__ALIAS_")}
        return subprocess.run(["roledex", *words], env=env, **streams)

    # Where roledex fails or is cancelled nothing is evaluated, and its exit code is ours.
    def rdx(words, stdin, stdout, stderr, spec):
        first = words[0] if words else ""
        # The variables of this shell are renewed, too.
        again = words == ["refresh"] and XSH.env.get("ROLEDEX_ENTRY")
        if first in commands and not again:
            # xonsh captures what an alias prints; a program on the terminal has it itself.
            if spec.captured == "hiddenobject" and spec.last_in_pipeline:
                stdout = None
            return roledex(*words, stdin=stdin, stdout=stdout).returncode
        if again:
            entry = ["--refresh"]
        elif first == "off":
            entry = ["--unset"]
        else:
            entry = words if first else []
        lines = roledex("env", "--hook", "--shell", "xonsh", *entry, stdin=stdin, stdout=subprocess.PIPE)
        if lines.returncode == 0:
            XSH.builtins.execx(lines.stdout.decode(), "exec", {})
        return lines.returncode

    # Managed profiles and entries, from what is known without the network.
    def entries(typed, *flags):
        done = roledex("__complete", *flags, "--", typed, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        for line in done.stdout.decode().splitlines():
            word, _, about = line.partition("\t")
            yield RichCompletion(word, description=about, append_space=True)

    # The first word that is neither a flag nor the value of one.
    def command_of(words):
        rest = iter(words)
        for word in rest:
            if word in with_value:
                next(rest, None)
            elif not word.startswith("-"):
                return word
        return None

    # Flags and the rest are completed by what `roledex completions` prints, loaded when first needed.
    generated = {}

    @contextual_command_completer
    def complete(context):
        words = [arg.value for arg in context.args[: context.arg_index]]
        if not words or words[0] not in ("rdx", "roledex"):
            return None
        if not context.prefix.startswith("-") and words[-1] not in with_value:
            command = command_of(words[1:])
            if command is None:
                return set(entries(context.prefix, "--commands" if words[0] == "rdx" else "--commands-only"))
            if command in of_entries:
                return set(entries(context.prefix))
        if not generated:
            exec(roledex("completions", "xonsh", stdout=subprocess.PIPE).stdout, generated)
        return generated["xonsh_complete"](context)

    XSH.aliases["rdx"] = rdx
    add_one_completer("roledex", complete, "start")


__roledex_hook()
del __roledex_hook
