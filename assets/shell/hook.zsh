# roledex in zsh. In ~/.zshrc: eval "$(roledex init zsh)"
#
#   rdx            pick an account and a role, and export them into this shell
#   rdx prod adm   the same, with a search and flags of `roledex env`; one match is taken at once
#   rdx -          the previous role of this shell
#   rdx refresh    new credentials for its role
#   rdx off        take them back
#   rdx login      any other command of roledex

\builtin unalias rdx 2>/dev/null || \builtin true

# Where roledex fails or is cancelled nothing is evaluated, and its exit code is ours. What is
# evaluated holds secrets, so nothing of it is traced (set -x), echoed (set -v) or told to a DEBUG trap.
function rdx {
    \builtin emulate -L zsh
    \builtin setopt no_xtrace no_verbose
    \builtin trap - DEBUG
    \builtin local IFS=' ' __roledex_lines
    # The variables of this shell are renewed, too.
    if [[ "$*" == refresh && -n "${ROLEDEX_ENTRY-}" ]]; then
        \builtin set -- --refresh
    fi
    case "${1-}" in
        ('') __roledex_lines="$(\command roledex env --hook --shell zsh)" || \builtin return ;;
        (off) __roledex_lines="$(\command roledex env --hook --shell zsh --unset)" || \builtin return ;;
        (@COMMANDS@|-h|--help|-V|--version)
            \command roledex "$@"
            \builtin return
            ;;
        (*) __roledex_lines="$(\command roledex env --hook --shell zsh "$@")" || \builtin return ;;
    esac
    \builtin eval "$__roledex_lines"
}

# Managed profiles and entries, from what is known without the network.
function __roledex_entries {
    \builtin local -a lines values shown
    \builtin local line
    lines=("${(@f)$(\command roledex __complete "$@" -- "$PREFIX" 2>/dev/null)}")
    for line in "${lines[@]}"; do
        if [[ -n "$line" ]]; then
            values+=("${line%%$'\t'*}")
            shown+=("${line/$'\t'/  }")
        fi
    done
    if (($#values)); then
        compadd -U -l -d shown -a values
        # The candidates of roledex match already, not always by their start.
        if (($#values > 1)); then
            compstate[insert]=menu
        fi
        \builtin return 0
    fi
    \builtin return 1
}

# The completion system has set the options that its functions want.
function __roledex_complete {
    # The command is the first word that is neither a flag nor the value of one.
    \builtin local name=''
    \builtin local -i i=2
    while ((i < CURRENT)); do
        case "${words[i]}" in
            (@VALUE_FLAGS@) ((i += 2)) ;;
            (-*) ((i += 1)) ;;
            (*)
                name="${words[i]}"
                \builtin break
                ;;
        esac
    done
    if [[ "$PREFIX" != -* ]]; then
        case "${words[CURRENT-1]}" in
            (@VALUE_FLAGS@) ;;
            (*)
                if [[ "$service" == rdx && -z "$name" ]]; then
                    __roledex_entries --commands && \builtin return
                fi
                case "$name" in
                    (@ENTRY_COMMANDS@) __roledex_entries && \builtin return ;;
                esac
                ;;
        esac
    fi
    # Flags and the rest are completed by what `roledex completions` prints, loaded when first needed.
    if ((! $+functions[_roledex])); then
        \builtin eval "$(\command roledex completions zsh 2>/dev/null)"
        compdef __roledex_complete roledex rdx
    fi
    if (($+functions[_roledex])); then
        words[1]=roledex
        _roledex
    fi
}

# compinit may come later in the file: then it is done before the first prompt.
function __roledex_compdef {
    \builtin emulate -L zsh
    if ((${+functions[compdef]})); then
        compdef __roledex_complete roledex rdx
    fi
    precmd_functions=(${precmd_functions:#__roledex_compdef})
}
\builtin typeset -ga precmd_functions
if ((${+functions[compdef]})); then
    __roledex_compdef
else
    precmd_functions+=(__roledex_compdef)
fi
