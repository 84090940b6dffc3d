# Written by roledex for its subshells: your own files, then the role, and the role in the prompt.


def __roledex_own_files():
    from xonsh.built_ins import XSH
    from xonsh.environ import xonshrc_context

    env = XSH.env
    xonshrc_context(env.get("XONSHRC"), env.get("XONSHRC_DIR"), XSH.execer, XSH.ctx, env)
    # Your files may set variables of AWS.
    XSH.builtins.execx(env["ROLEDEX_LINES"], "exec", {})


__roledex_own_files()
del __roledex_own_files

@PROMPT@
