# roledex in Nushell. Once: roledex init nu | save -f ($nu.default-config-dir | path join roledex.nu)
# and in config.nu: source roledex.nu
#
#   rdx            pick an account and a role, and export them into this shell
#   rdx prod adm   the same, with a search and flags of `roledex env`; one match is taken at once
#   rdx -          the previous role of this shell
#   rdx refresh    new credentials for its role
#   rdx off        take them back
#   rdx login      any other command of roledex

def __roledex_entries [] {
    ^roledex __complete --commands | lines | split column "\t" value description
}

# Switch the AWS role of this shell.
def --env --wrapped rdx [...words: string@__roledex_entries] {
    # The variables of this shell are renewed, too.
    let words = if $words == ["refresh"] and ($env.ROLEDEX_ENTRY? | is-not-empty) { ["--refresh"] } else { $words }
    let first = ($words | append "" | first)
    # What roledex prints is the value of the last expression, for whatever follows `rdx … |`.
    if $first in [@COMMANDS@ "-h" "--help" "-V" "--version"] {
        ^roledex ...$words
    } else if $first == "off" {
        let text = (^roledex env --hook --shell json --unset)
        hide-env --ignore-errors @OURS@
        let variables = ($text | from json)
        if ($variables | is-not-empty) {
            load-env $variables
        }
    } else {
        # Nushell evaluates no text: the variables come as data. Where roledex fails or is cancelled,
        # this line is an error, and nothing below it happens; in a pipeline it would be one in
        # newer Nushells.
        let text = (^roledex env --hook --shell json ...$words)
        let variables = ($text | from json)
        if ($variables | is-not-empty) {
            hide-env --ignore-errors @REMOVED@
            load-env $variables
        }
    }
}
