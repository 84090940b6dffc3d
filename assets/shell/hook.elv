# roledex in Elvish. In rc.elv: eval (roledex init elvish | slurp)
#
#   rdx            pick an account and a role, and export them into this shell
#   rdx prod adm   the same, with a search and flags of `roledex env`; one match is taken at once
#   rdx -          the previous role of this shell
#   rdx refresh    new credentials for its role
#   rdx off        take them back
#   rdx login      any other command of roledex

use str

# Where roledex fails or is cancelled nothing is evaluated, and its exit code is that of the exception.
fn rdx {|@words|
    # The variables of this shell are renewed, too.
    if (and (eq $words [refresh]) (not-eq $E:ROLEDEX_ENTRY '')) {
        set words = [--refresh]
    }
    var first = ''
    if (not-eq $words []) {
        set first = $words[0]
    }
    if (has-value [@COMMANDS@ -h --help -V --version] $first) {
        e:roledex $@words
        return
    }
    var entry = $words
    if (eq $first off) {
        set entry = [--unset]
    } elif (eq $first '') {
        set entry = []
    }
    eval (e:roledex env --hook --shell elvish $@entry | slurp)
}

# Managed profiles and entries, from what is known without the network.
fn roledex-entries {|@flags typed|
    try {
        e:roledex __complete $@flags -- $typed 2>/dev/null | each {|line|
            var word @about = (str:split "\t" $line)
            edit:complex-candidate $word &display=(str:join '  ' [$word $@about])
        }
    } catch { }
}

# Completes the words of both commands with a function. Without a terminal there is no editor, so what
# names its variables is compiled only here.
fn roledex-complete-with {|complete|
    eval &ns=(ns [&complete=$complete]) 'for command [rdx roledex] { set edit:completion:arg-completer[$command] = $complete }'
}

# Flags and the rest are completed by what `roledex completions` prints, loaded when first needed.
var roledex-generated = $nil
fn roledex-complete {|@words|
    var typed = $words[-1]
    # The command is the first word that is neither a flag nor the value of one.
    var command = ''
    var is-value = $false
    var value-flags = [@VALUE_FLAGS@]
    for word $words[1..-1] {
        if $is-value {
            set is-value = $false
        } elif (has-value $value-flags $word) {
            set is-value = $true
        } elif (not (str:has-prefix $word -)) {
            set command = $word
            break
        }
    }
    if (has-value $value-flags $words[-2]) {
        set is-value = $true
    }
    if (not (or $is-value (str:has-prefix $typed -))) {
        if (eq $command '') {
            roledex-entries (if (eq $words[0] rdx) { put --commands } else { put --commands-only }) $typed
            return
        }
        if (has-value [@ENTRY_COMMANDS@] $command) {
            roledex-entries $typed
            return
        }
    }
    try {
        if (eq $roledex-generated $nil) {
            eval (e:roledex completions elvish 2>/dev/null | slurp)
            set roledex-generated = (eval 'put $edit:completion:arg-completer[roledex]')
            roledex-complete-with $roledex-complete~
        }
        $roledex-generated roledex (all $words[1..])
    } catch {
        # They know nothing after a name.
    }
}

if (eq (resolve edit:add-var) '$edit:add-var~') {
    edit:add-var rdx~ $rdx~
    roledex-complete-with $roledex-complete~
}
