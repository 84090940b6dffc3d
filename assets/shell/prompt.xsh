# The role of this shell in xonsh's prompt: execx($(roledex init xonsh --prompt)) at the end of ~/.xonshrc
#
#   Admin@Payments Prod 47m $          while it lasts
#   !Admin@Payments Prod 9m $          less than 15 minutes, and red
#   !Admin@Payments Prod expired $
#
# It is made of the environment alone; no process is started. To place it yourself, put {roledex} into
# $PROMPT before this line.


def __roledex_prompt():
    import re
    from datetime import datetime, timezone

    from xonsh.built_ins import XSH

    env = XSH.env

    def role():
        if not env.get("ROLEDEX_ENTRY"):
            return None
        mark = left = ""
        try:
            end = datetime.fromisoformat(str(env.get("AWS_CREDENTIAL_EXPIRATION")).replace("Z", "+00:00"))
            seconds = int((end - datetime.now(timezone.utc)).total_seconds() // 1)
        except (TypeError, ValueError):
            pass
        else:
            if seconds <= 0:
                left = " expired"
            elif seconds < 60:
                left = f" {seconds}s"
            elif seconds < 3600:
                left = f" {seconds // 60}m"
            else:
                left = f" {seconds // 3600}h{seconds // 60 % 60:02}m"
            if seconds <= 900:
                mark = "!"
        account = env.get("ROLEDEX_ACCOUNT_NAME") or env.get("ROLEDEX_ACCOUNT_ID") or ""
        text = mark + re.sub(r"[\x00-\x1f\x7f-\x9f]", "", env.get("ROLEDEX_ROLE", "") + "@" + account) + left
        # Names are other people's text: a brace is no color of theirs.
        text = text.replace("{", "{{").replace("}", "}}")
        # Emacs and a dumb terminal show codes as they are.
        if env.get("NO_COLOR") or env.get("INSIDE_EMACS") or env.get("TERM") == "dumb":
            return text + " "
        return ("{BOLD_RED}" if mark else "{CYAN}") + text + "{RESET} "

    env["PROMPT_FIELDS"]["roledex"] = role
    # The prompt that was there is kept.
    own = env["PROMPT"]
    if callable(own):
        if "{roledex}" not in own():
            env["PROMPT"] = lambda: "{roledex}" + own()
    elif "{roledex}" not in own:
        env["PROMPT"] = "{roledex}" + own


__roledex_prompt()
del __roledex_prompt
