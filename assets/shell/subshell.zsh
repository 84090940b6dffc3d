# Written by roledex for its subshells: your own files, then the role in the prompt. ZDOTDIR leads here; it is
# put back at once, so that zsh reads the rest of your files where they are.

if [[ -n "${ROLEDEX_ZDOTDIR-}" ]]; then
    ZDOTDIR="$ROLEDEX_ZDOTDIR"
    \builtin unset ROLEDEX_ZDOTDIR
else
    \builtin unset ZDOTDIR
fi
if [[ -r "${ZDOTDIR-$HOME}/.zshenv" ]]; then
    \builtin source "${ZDOTDIR-$HOME}/.zshenv"
fi

# The rest of your files sets the prompt: the role comes before the first one is shown.
function __roledex_first_prompt {
    precmd_functions=(${precmd_functions:#__roledex_first_prompt})
    \builtin unfunction __roledex_first_prompt
    __roledex_load_prompt
    \builtin unfunction __roledex_load_prompt
    __roledex_prompt
}
function __roledex_load_prompt {
@PROMPT@
}
if [[ -o interactive ]]; then
    \builtin typeset -ga precmd_functions
    precmd_functions+=(__roledex_first_prompt)
fi
