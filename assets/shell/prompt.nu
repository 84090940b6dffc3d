# The role of this shell in Nushell's prompt: roledex init nu --prompt | save -f …, after your own prompt
#
#   Admin@Payments Prod 47m >          while it lasts
#   !Admin@Payments Prod 9m >          less than 15 minutes, and red
#   !Admin@Payments Prod expired >
#
# It is made of the environment alone; no process is started.

def __roledex_prompt [] {
    if ($env.ROLEDEX_ENTRY? | is-empty) {
        return ""
    }
    let name = $env.ROLEDEX_ACCOUNT_NAME? | default ""
    let account = if ($name | is-empty) { $env.ROLEDEX_ACCOUNT_ID? | default "" } else { $name }
    let role = $env.ROLEDEX_ROLE? | default ""
    let seconds = try {
        ((($env.AWS_CREDENTIAL_EXPIRATION | into datetime) - (date now)) / 1sec) | math floor
    } catch {
        null
    }
    let left = if $seconds == null {
        ""
    } else if $seconds <= 0 {
        " expired"
    } else if $seconds < 60 {
        $" ($seconds)s"
    } else if $seconds < 3600 {
        $" ($seconds // 60)m"
    } else {
        let minutes = ($seconds // 60) mod 60 | fill --alignment right --character "0" --width 2
        $" ($seconds // 3600)h($minutes)m"
    }
    let soon = $seconds != null and $seconds <= 900
    let mark = if $soon { "!" } else { "" }
    # Names are other people's text: shown as they are, never evaluated.
    let text = $"($mark)($role)@($account)" | str replace --all --regex '[[:cntrl:]]' ''
    # Emacs and a dumb terminal show codes as they are.
    if ($env.NO_COLOR? | is-not-empty) or ($env.INSIDE_EMACS? | is-not-empty) or $env.TERM? == "dumb" {
        $"($text)($left) "
    } else if $soon {
        $"(ansi red_bold)($text)($left)(ansi reset) "
    } else {
        $"(ansi cyan)($text)($left)(ansi reset) "
    }
}

# The prompt that was there is kept in a closure, which no child process inherits.
if "__ROLEDEX_PROMPT" not-in $env {
    let before = $env.PROMPT_COMMAND? | default ""
    $env.__ROLEDEX_PROMPT = {|| if ($before | describe) == "closure" { do $before } else { $before } }
    $env.PROMPT_COMMAND = {|| $"(__roledex_prompt)(do $env.__ROLEDEX_PROMPT)" }
}
