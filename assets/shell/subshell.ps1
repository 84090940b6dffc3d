# Given to the subshells of roledex, after your own profile: the role, and the role in the prompt.

# Your profile may set variables of AWS.
Invoke-Expression $Env:ROLEDEX_LINES

@PROMPT@
