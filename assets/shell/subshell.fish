# Given to the subshells of roledex, after your own files: the role, and the role in the prompt.

# Your files may set variables of AWS. The lines hold secrets, so they are not traced (fish_trace).
begin
    set -l fish_trace
    printf '%s\n' "$ROLEDEX_LINES" | source
end

@PROMPT@
