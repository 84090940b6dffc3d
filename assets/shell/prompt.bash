# The role of this shell in bash's prompt: eval "$(roledex init bash --prompt)" at the end of ~/.bashrc
#
#   Admin@Payments Prod 47m $          while it lasts
#   !Admin@Payments Prod 9m $          less than 15 minutes, and red
#   !Admin@Payments Prod expired $
#
# It is made of the environment alone; no process is started. To place it yourself, put
# '${__roledex_ps1}' into PS1, in single quotes, before this line.

# Sets __roledex_left to the seconds until $1 (2026-11-21T02:09:49Z), or to nothing.
function __roledex_seconds_left {
    __roledex_left=
    \builtin local at="$1" rest="${1:19}"
    rest="${rest%Z}" rest="${rest%+00:00}"
    # A match by =~ would be seen in BASH_REMATCH.
    if [[ "$at" == [0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]* ]] &&
        [[ "$at" == *Z || "$at" == *+00:00 ]] &&
        [[ -z "$rest" || "$rest" == .[0-9]* && "${rest#.}" != *[!0-9]* ]]; then
        \builtin local y=$((10#${at:0:4})) m=$((10#${at:5:2})) d=$((10#${at:8:2})) now
        # Bash before 4.2, as macOS has it, knows no clock.
        \builtin printf -v now '%(%s)T' -1 2>/dev/null || now="$(\command date +%s)"
        # Days since 1970, with years that begin in March.
        y=$((m > 2 ? y : y - 1)) m=$(((m + 9) % 12))
        d=$((365 * y + y / 4 - y / 100 + y / 400 + (m * 306 + 5) / 10 + d - 1 - 719468))
        __roledex_left=$((d * 86400 + 10#${at:11:2} * 3600 + 10#${at:14:2} * 60 + 10#${at:17:2} - now))
    fi
}

function __roledex_prompt {
    \builtin local code=$?
    __roledex_ps1=
    if [[ -n "${ROLEDEX_ENTRY-}" ]]; then
        \builtin local __roledex_left text left='' mark='' on=$'\001\e[36m\002' off=$'\001\e[0m\002'
        __roledex_seconds_left "${AWS_CREDENTIAL_EXPIRATION-}"
        if [[ -n "$__roledex_left" ]]; then
            if ((__roledex_left <= 0)); then
                left=' expired'
            elif ((__roledex_left < 60)); then
                left=" ${__roledex_left}s"
            elif ((__roledex_left < 3600)); then
                left=" $((__roledex_left / 60))m"
            else
                \builtin printf -v left ' %dh%02dm' $((__roledex_left / 3600)) $((__roledex_left / 60 % 60))
            fi
            if ((__roledex_left <= 900)); then
                mark='!' on=$'\001\e[1;31m\002'
            fi
        fi
        # Emacs and a dumb terminal show codes as they are.
        if [[ -n "${NO_COLOR-}${INSIDE_EMACS-}" || "${TERM-}" == dumb ]]; then
            on='' off=''
        fi
        # Names are other people's text. A variable within PS1 is shown as it is, never expanded again.
        text="${ROLEDEX_ROLE-}@${ROLEDEX_ACCOUNT_NAME:-${ROLEDEX_ACCOUNT_ID-}}"
        __roledex_ps1="$on$mark${text//[[:cntrl:]]/}$left$off "
    fi
    # Another command may have made the prompt anew.
    if [[ "${PS1-}" != *__roledex_ps1* ]]; then
        PS1='${__roledex_ps1-}'"${PS1-}"
    fi
    \builtin return "$code"
}

# It comes after the other commands. Each command of an array sees $? and PIPESTATUS of the user's.
if [[ "${PROMPT_COMMAND[*]-}" != *__roledex_prompt* ]]; then
    if ! (PROMPT_COMMAND='') 2>/dev/null; then
        \builtin printf '%s\n' 'roledex: PROMPT_COMMAND is read-only: the prompt cannot show the role. Make it read-only after this line.' >&2
    elif ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 501)) ||
        [[ "$(\builtin declare -p PROMPT_COMMAND 2>/dev/null)" == 'declare -a'* ]]; then
        PROMPT_COMMAND=("${PROMPT_COMMAND[@]-}" __roledex_prompt)
    else
        PROMPT_COMMAND="${PROMPT_COMMAND:+$PROMPT_COMMAND$'\n'}__roledex_prompt"
    fi
fi
