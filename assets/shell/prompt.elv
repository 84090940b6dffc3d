# The role of this shell in Elvish's prompt: eval (roledex init elvish --prompt | slurp), at the end of rc.elv
#
#   Admin@Payments Prod 47m ~>          while it lasts
#   !Admin@Payments Prod 9m ~>          less than 15 minutes, and red
#   !Admin@Payments Prod expired ~>
#
# It is made of the environment alone. Elvish has no clock of its own: `date` is asked, and only while
# the shell holds a role.

use math
use re
use str

# Puts the seconds until a time (2026-11-21T02:09:49Z), or nothing.
fn roledex-seconds-left {|at|
    var time = '^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:Z|\+00:00)$'
    re:find $time $at | each {|found|
        # 08 would be octal, and 8.0 is no whole number.
        var y m d hours minutes seconds = (each {|group| exact-num $group[text]'.0' } $found[groups][1..])
        # Days since 1970, with years that begin in March.
        if (<= $m 2) {
            set y = (- $y 1)
        }
        set m = (% (+ $m 9) 12)
        fn whole {|a b| math:floor (/ $a $b) }
        var leap-days = (- (+ (whole $y 4) (whole $y 400)) (whole $y 100))
        var days = (+ (* 365 $y) $leap-days (whole (+ (* 306 $m) 5) 10) $d -719469)
        put (- (+ (* 86400 $days) (* 3600 $hours) (* 60 $minutes) $seconds) (e:date +%s))
    }
}

fn roledex-prompt {
    if (eq $E:ROLEDEX_ENTRY '') {
        return
    }
    var account = $E:ROLEDEX_ACCOUNT_NAME
    if (eq $account '') {
        set account = $E:ROLEDEX_ACCOUNT_ID
    }
    var mark left = '' ''
    roledex-seconds-left $E:AWS_CREDENTIAL_EXPIRATION | each {|seconds|
        var minutes = (math:floor (/ $seconds 60))
        if (<= $seconds 0) {
            set left = ' expired'
        } elif (< $seconds 60) {
            set left = ' '$seconds's'
        } elif (< $minutes 60) {
            set left = ' '$minutes'm'
        } else {
            set left = (printf ' %dh%02dm' (math:floor (/ $minutes 60)) (% $minutes 60))
        }
        if (<= $seconds 900) {
            set mark = '!'
        }
    }
    # Names are other people's text: shown as they are, never evaluated.
    var text = (re:replace '\p{Cc}' '' $mark$E:ROLEDEX_ROLE'@'$account)$left
    # Emacs and a dumb terminal show codes as they are.
    if (or (not-eq $E:NO_COLOR$E:INSIDE_EMACS '') (eq $E:TERM dumb)) {
        put $text
    } elif (eq $mark '') {
        styled $text cyan
    } else {
        styled $text bold red
    }
    put ' '
}

# The prompt that was there is kept. Without a terminal there is none.
if (eq (resolve edit:add-var) '$edit:add-var~') {
    var own = (eval 'put $edit:prompt')
    var is-shown = $false
    try {
        set is-shown = (str:contains $own[body] roledex-prompt)
    } catch {
        # It is a function of Elvish's own.
    }
    if (not $is-shown) {
        eval &ns=(ns [&roledex-prompt~=$roledex-prompt~ &own=$own]) 'set edit:prompt = { roledex-prompt; $own }'
    }
}
