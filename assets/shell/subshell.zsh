# Written by roledex for its subshells: your own files, then the role, and the role in the prompt. ZDOTDIR leads
# here; it is put back at once, so that zsh reads the rest of your files where they are.

if [[ -n "${ROLEDEX_ZDOTDIR-}" ]]; then
    ZDOTDIR="$ROLEDEX_ZDOTDIR"
    \builtin unset ROLEDEX_ZDOTDIR
else
    \builtin unset ZDOTDIR
fi
if [[ -r "${ZDOTDIR-$HOME}/.zshenv" ]]; then
    \builtin source "${ZDOTDIR-$HOME}/.zshenv"
fi

# The rest of your files sets the prompt and may set variables of AWS. `sched` comes after all that runs before
# the first prompt.
function __roledex_first_prompt {
    \builtin unfunction __roledex_first_prompt
    __roledex_role
    __roledex_load_prompt
    \builtin unfunction __roledex_role __roledex_load_prompt
    if ((${+functions[__roledex_prompt]})); then
        __roledex_prompt
    fi
}
# The lines hold secrets, so they are not traced (set -x), echoed (set -v) or told to a DEBUG trap.
function __roledex_role {
    \builtin emulate -L zsh
    \builtin setopt no_xtrace no_verbose
    \builtin trap - DEBUG
    \builtin eval "${ROLEDEX_LINES-}"
}
function __roledex_load_prompt {
@PROMPT@
}
if [[ -o interactive ]]; then
    \builtin zmodload zsh/sched
    \builtin sched +0 __roledex_first_prompt
else
    # A script on the standard input: no more of your files follow.
    __roledex_role
    \builtin unfunction __roledex_first_prompt __roledex_role __roledex_load_prompt
fi
