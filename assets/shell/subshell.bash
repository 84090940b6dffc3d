# Written by roledex for its subshells: your own file, then the role, and the role in the prompt.

if [[ -r ~/.bashrc ]]; then
    \builtin source ~/.bashrc
fi

# Your file may set variables of AWS. The lines hold secrets, so they are not traced (set -x), echoed (set -v) or
# told to a DEBUG trap (set -T), which a function has if the option is on when it is called.
function __roledex_role {
    \builtin eval "${ROLEDEX_LINES-}"
}
__roledex_options="$-"
{ \builtin set +xvT; } 2>/dev/null
__roledex_role
__roledex_options="${__roledex_options//[^xvT]/}"
if [[ -n "$__roledex_options" ]]; then
    \builtin set "-$__roledex_options"
fi
\builtin unset -f __roledex_role
\builtin unset __roledex_options

@PROMPT@
