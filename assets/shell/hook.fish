# roledex in fish. In ~/.config/fish/config.fish: roledex init fish | source
#
#   rdx            pick an account and a role, and export them into this shell
#   rdx prod adm   the same, with a search and flags of `roledex env`; one match is taken at once
#   rdx -          the previous role of this shell
#   rdx refresh    new credentials for its role
#   rdx off        take them back
#   rdx login      any other command of roledex

# Where roledex fails or is cancelled nothing is evaluated, and its exit code is ours. What is
# evaluated holds secrets, so nothing of it is traced (fish_trace).
function rdx --description 'Switch the AWS role of this shell'
    set -l fish_trace
    set -l __roledex_lines
    # The variables of this shell are renewed, too.
    if string match -q -- refresh "$argv"; and test -n "$ROLEDEX_ENTRY"
        set argv --refresh
    end
    switch "$argv[1]"
        case ''
            set __roledex_lines (command roledex env --hook --shell fish); or return
        case off
            set __roledex_lines (command roledex env --hook --shell fish --unset); or return
        case @COMMANDS@ -h --help -V --version
            command roledex $argv
            return
        case '*'
            set __roledex_lines (command roledex env --hook --shell fish $argv); or return
    end
    printf '%s\n' $__roledex_lines | source
end

# Managed profiles and entries, from what is known without the network.
function __roledex_entries
    command roledex __complete $argv -- (commandline -ct) 2>/dev/null
end

complete -c rdx -f
complete -c rdx -n __fish_use_subcommand -a '(__roledex_entries --commands)'
complete -c rdx -n '__fish_seen_subcommand_from @ENTRY_COMMANDS@' -a '(__roledex_entries)'
complete -c roledex -n __fish_use_subcommand -f -a '(command roledex __complete --commands-only 2>/dev/null)'
complete -c roledex -n '__fish_seen_subcommand_from @ENTRY_COMMANDS@' -f -a '(__roledex_entries)'
