# Written by roledex for its subshells: your own file, then the role, and the role in the prompt.

if [[ -r ~/.bashrc ]]; then
    \builtin source ~/.bashrc
fi

# Your file may set variables of AWS. The lines hold secrets, so they are not traced (set -x).
function __roledex_role {
    \builtin local options="$-"
    { \builtin set +x; } 2>/dev/null
    \builtin eval "${ROLEDEX_LINES-}"
    if [[ "$options" == *x* ]]; then
        \builtin set -x
    fi
}
__roledex_role
\builtin unset -f __roledex_role

@PROMPT@
