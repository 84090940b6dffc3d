# The role of this shell in zsh's prompt: eval "$(roledex init zsh --prompt)" at the end of ~/.zshrc
#
#   Admin@Payments Prod 47m %          while it lasts
#   !Admin@Payments Prod 9m %          less than 15 minutes, and red
#   !Admin@Payments Prod expired %
#
# It is made of the environment alone; no process is started. To place it yourself, put
# %(17V.%17v .) into PROMPT before this line.

\builtin zmodload zsh/datetime zsh/sched

# Sets __roledex_left to the seconds until $1 (2026-11-21T02:09:49Z), or to nothing.
function __roledex_seconds_left {
    __roledex_left=
    if [[ "$1" == [0-9](#c4)-[0-9](#c2)-[0-9](#c2)T[0-9](#c2):[0-9](#c2):[0-9](#c2)(.[0-9]##|)(Z|+00:00) ]]; then
        \builtin local -i y=$((10#${1[1,4]})) m=$((10#${1[6,7]})) d=$((10#${1[9,10]}))
        # Days since 1970, with years that begin in March.
        ((y = m > 2 ? y : y - 1, m = (m + 9) % 12))
        ((d = 365 * y + y / 4 - y / 100 + y / 400 + (m * 306 + 5) / 10 + d - 1 - 719468))
        __roledex_left=$((d * 86400 + 10#${1[12,13]} * 3600 + 10#${1[15,16]} * 60 + 10#${1[18,19]} - EPOCHSECONDS))
    fi
}

# Names are other people's text: in psvar the prompt shows them as they are, whatever PROMPT_SUBST is.
function __roledex_prompt {
    \builtin local -i code=$?
    \builtin emulate -L zsh
    \builtin setopt extended_glob
    psvar[17]='' psvar[18]=''
    if [[ -n "${ROLEDEX_ENTRY-}" ]]; then
        \builtin local __roledex_left text left='' mark=''
        __roledex_seconds_left "${AWS_CREDENTIAL_EXPIRATION-}"
        if [[ -n "$__roledex_left" ]]; then
            if ((__roledex_left <= 0)); then
                left=' expired'
            elif ((__roledex_left < 60)); then
                left=" ${__roledex_left}s"
            elif ((__roledex_left < 3600)); then
                left=" $((__roledex_left / 60))m"
            else
                left=" $((__roledex_left / 3600))h${(l:2::0:)$((__roledex_left / 60 % 60))}m"
            fi
            if ((__roledex_left <= 900)); then
                mark='!' psvar[18]=soon
            fi
        fi
        text="${ROLEDEX_ROLE-}@${ROLEDEX_ACCOUNT_NAME:-${ROLEDEX_ACCOUNT_ID-}}"
        psvar[17]="$mark${text//[[:cntrl:]]/}$left"
    fi
    # Another function may have made the prompt anew.
    if [[ "${PROMPT-}" != *17V* ]]; then
        PROMPT="$__roledex_ps1${PROMPT-}"
    fi
    # It comes after the other functions, this time by `sched`.
    if [[ "${precmd_functions[-1]-}" != __roledex_prompt ]]; then
        precmd_functions=(${precmd_functions:#__roledex_prompt} __roledex_prompt)
        \builtin sched +0 __roledex_prompt
    fi
    \builtin return $code
}

# Emacs and a dumb terminal show codes as they are.
if [[ -n "${NO_COLOR-}${INSIDE_EMACS-}" || "${TERM-}" == dumb ]]; then
    __roledex_ps1='%(17V.%17v .)'
else
    __roledex_ps1='%(17V.%(18V.%B%F{red}%17v%f%b.%F{cyan}%17v%f) .)'
fi
\builtin typeset -ga precmd_functions
if ((! ${precmd_functions[(Ie)__roledex_prompt]})); then
    precmd_functions+=(__roledex_prompt)
fi
