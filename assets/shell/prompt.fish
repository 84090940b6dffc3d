# The role of this shell in fish's prompt: roledex init fish --prompt | source, at the end of config.fish
#
#   Admin@Payments Prod 47m >          while it lasts
#   !Admin@Payments Prod 9m >          less than 15 minutes, and red
#   !Admin@Payments Prod expired >
#
# It is made of the environment alone. fish has no clock of its own: `date` is asked, and only while
# the shell holds a role.

# Prints the seconds until $argv[1] (2026-11-21T02:09:49Z), or nothing. What a time means is worked out
# once.
function __roledex_seconds_left
    if test "$__roledex_until_of" != "$argv[1]"
        set -g __roledex_until_of "$argv[1]"
        set -g __roledex_until
        set -l part (string match -r -- '^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:Z|\+00:00)$' "$argv[1]")
        or return
        set -l y $part[2]
        # Days since 1970, with years that begin in March.
        test $part[3] -gt 2; or set y (math $y - 1)
        set -l m (math "($part[3] + 9) % 12")
        set -l d (math "365 * $y + floor($y / 4) - floor($y / 100) + floor($y / 400) + floor(($m * 306 + 5) / 10) + $part[4] - 1 - 719468")
        set -g __roledex_until (math "$d * 86400 + $part[5] * 3600 + $part[6] * 60 + $part[7]")
    end
    test -n "$__roledex_until"; and math $__roledex_until - (command date +%s)
end

function __roledex_prompt
    test -n "$ROLEDEX_ENTRY"; or return
    set -l name $ROLEDEX_ACCOUNT_NAME
    test -n "$name"; or set name $ROLEDEX_ACCOUNT_ID
    set -l left (__roledex_seconds_left "$AWS_CREDENTIAL_EXPIRATION")
    set -l mark
    set -l words
    if test -n "$left"
        if test $left -le 0
            set words ' expired'
        else if test $left -lt 60
            set words " $left"s
        else if test $left -lt 3600
            set words " "(math "floor($left / 60)")m
        else
            set words (printf ' %dh%02dm' (math "floor($left / 3600)") (math "floor($left / 60) % 60"))
        end
        if test $left -le 900
            set mark '!'
        end
    end
    # Emacs and a dumb terminal show codes as they are.
    set -l color yes
    if test -n "$NO_COLOR$INSIDE_EMACS"; or string match -q dumb -- "$TERM"
        set color
    end
    if test -n "$color"
        if test -n "$mark"
            set_color --bold red
        else
            set_color cyan
        end
    end
    # Names are other people's text: printed, never evaluated.
    printf '%s%s%s' "$mark" (string replace -ra '[[:cntrl:]]' '' -- "$ROLEDEX_ROLE@$name") "$words"
    test -z "$color"; or set_color normal
    printf ' '
end

if not functions -q __roledex_fish_prompt
    functions -q fish_prompt; and functions --copy fish_prompt __roledex_fish_prompt
    or function __roledex_fish_prompt
        printf '> '
    end
    function fish_prompt
        # The prompt that was there comes first, because it may show $status and $pipestatus.
        set -l own (__roledex_fish_prompt)
        __roledex_prompt
        printf '%s\n' $own
    end
end
