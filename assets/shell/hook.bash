# roledex in bash. In ~/.bashrc: eval "$(roledex init bash)"
#
#   rdx            pick an account and a role, and export them into this shell
#   rdx prod adm   the same, with a search and flags of `roledex env`; one match is taken at once
#   rdx -          the previous role of this shell
#   rdx refresh    new credentials for its role
#   rdx off        take them back
#   rdx login      any other command of roledex

\builtin unalias rdx 2>/dev/null || \builtin true

# What is evaluated holds secrets, so nothing of it is traced (set -x), echoed (set -v) or told to a DEBUG
# trap (set -T). A function has that trap if the option is on when it is called.
function rdx {
    \builtin local __roledex_code=0 __roledex_options="$-"
    __roledex_options="${__roledex_options//[^xvT]/}"
    if [[ -z "$__roledex_options" ]]; then
        __roledex_switch "$@"
        \builtin return
    fi
    { \builtin set +xvT; } 2>/dev/null
    __roledex_switch "$@" || __roledex_code=$?
    \builtin set "-$__roledex_options"
    \builtin return "$__roledex_code"
}

# Where roledex fails or is cancelled nothing is evaluated, and its exit code is ours.
function __roledex_switch {
    \builtin local IFS=' ' __roledex_lines
    # The variables of this shell are renewed, too.
    if [[ "$*" == refresh && -n "${ROLEDEX_ENTRY-}" ]]; then
        \builtin set -- --refresh
    fi
    case "${1-}" in
        '') __roledex_lines="$(\command roledex env --hook --shell bash)" || \builtin return ;;
        off) __roledex_lines="$(\command roledex env --hook --shell bash --unset)" || \builtin return ;;
        @COMMANDS@ | -h | --help | -V | --version)
            \command roledex "$@"
            \builtin return
            ;;
        *) __roledex_lines="$(\command roledex env --hook --shell bash "$@")" || \builtin return ;;
    esac
    \builtin eval "$__roledex_lines"
}

# Managed profiles and entries, from what is known without the network. Bash ends a word at some
# characters of an id: what is before the last of them stays on the line.
function __roledex_entries {
    \builtin local IFS=$'\n' typed="${COMP_LINE:0:COMP_POINT}" head='' mark marks
    marks=(: = @)
    typed="${typed##*[[:space:]]}"
    # Not so in quotes, where a blank ends no word either.
    case "${COMP_WORDS[COMP_CWORD]-}" in
        [\"\']*) typed="${COMP_WORDS[COMP_CWORD]:1}" marks=() ;;
    esac
    for mark in ${marks[@]+"${marks[@]}"}; do
        if [[ "$COMP_WORDBREAKS" == *"$mark"* && "$typed" == *"$mark"* ]]; then
            mark="${typed%"$mark"*}$mark"
            if ((${#mark} > ${#head})); then
                head="$mark"
            fi
        fi
    done
    # No candidate has a blank or a character of a pattern.
    COMPREPLY=($(\command roledex __complete --plain "$@" -- "$typed" 2>/dev/null)) || \builtin true
    if ((${#COMPREPLY[@]})); then
        COMPREPLY=("${COMPREPLY[@]#"$head"}")
    fi
}

function __roledex_complete {
    \builtin local line="${COMP_LINE:0:COMP_POINT}" word command='' last='' words i
    words=()
    IFS=$' \t' \builtin read -r -a words <<<"$line" || \builtin true
    if [[ "$line" == *[[:space:]] || ${#words[@]} -eq 0 ]]; then
        words+=('')
    fi
    if ((${#words[@]} > 2)); then
        last="${words[${#words[@]} - 2]}"
    fi
    # The command is the first word that is neither a flag nor the value of one.
    for ((i = 1; i < ${#words[@]} - 1; i++)); do
        case "${words[i]}" in
            @VALUE_FLAGS@) i=$((i + 1)) ;;
            -*) ;;
            *)
                command="${words[i]}"
                \builtin break
                ;;
        esac
    done
    word="${words[${#words[@]} - 1]}"
    COMPREPLY=()
    case "$last" in
        @VALUE_FLAGS@) ;;
        *)
            case "$word" in
                -*) ;;
                *)
                    if [[ "$1" == rdx && -z "$command" ]]; then
                        __roledex_entries --commands
                        \builtin return
                    fi
                    case "$command" in
                        @ENTRY_COMMANDS@) __roledex_entries ;;
                    esac
                    ;;
            esac
            ;;
    esac
    if ((${#COMPREPLY[@]})); then
        \builtin return
    fi
    # Flags and the rest are completed by what `roledex completions` prints, loaded when first needed.
    if ! \builtin declare -F _roledex >/dev/null; then
        \builtin eval "$(\command roledex completions bash 2>/dev/null)"
        \builtin complete -F __roledex_complete -o bashdefault -o default roledex
    fi
    if \builtin declare -F _roledex >/dev/null; then
        COMP_WORDS[0]=roledex
        _roledex roledex "${2-}" "${3-}" || \builtin true
    fi
}

if \builtin command -v complete >/dev/null; then
    \builtin complete -F __roledex_complete rdx
    \builtin complete -F __roledex_complete -o bashdefault -o default roledex
fi
