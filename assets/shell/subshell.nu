# Given to the subshells of roledex, after your own files: the role, and the role in the prompt.

# Your files may set variables of AWS.
do --env {
    let variables = $env.ROLEDEX_LINES | from json
    hide-env --ignore-errors @REMOVED@
    load-env $variables
}

@PROMPT@
