# Written by roledex for its subshells: your own file, then the role in the prompt.

if [[ -r ~/.bashrc ]]; then
    \builtin source ~/.bashrc
fi

@PROMPT@
