# The role of this shell in PowerShell's prompt. At the end of $PROFILE: roledex init pwsh --prompt | Out-String | Invoke-Expression
#
#   Admin@Payments Prod 47m PS>          while it lasts
#   !Admin@Payments Prod 9m PS>          less than 15 minutes, and red
#   !Admin@Payments Prod expired PS>
#
# It is made of the environment alone; no process is started.

function global:__roledex_prompt {
    if (-not $Env:ROLEDEX_ENTRY) { return '' }
    $account = if ($Env:ROLEDEX_ACCOUNT_NAME) { $Env:ROLEDEX_ACCOUNT_NAME } else { $Env:ROLEDEX_ACCOUNT_ID }
    $left = ''
    $mark = ''
    $color = '36'
    $end = [DateTimeOffset]::MinValue
    $culture = [Globalization.CultureInfo]::InvariantCulture
    $style = [Globalization.DateTimeStyles]::AssumeUniversal
    if ([DateTimeOffset]::TryParse([string]$Env:AWS_CREDENTIAL_EXPIRATION, $culture, $style, [ref]$end)) {
        $seconds = [Math]::Floor(($end - [DateTimeOffset]::UtcNow).TotalSeconds)
        $minutes = [Math]::Floor($seconds / 60)
        if ($seconds -le 0) { $left = ' expired' }
        elseif ($seconds -lt 60) { $left = " ${seconds}s" }
        elseif ($seconds -lt 3600) { $left = " ${minutes}m" }
        else { $left = ' {0}h{1:00}m' -f [Math]::Floor($minutes / 60), ($minutes % 60) }
        if ($seconds -le 900) {
            $mark = '!'
            $color = '1;31'
        }
    }
    # Names are other people's text: shown as they are, never evaluated.
    $text = ($mark + $Env:ROLEDEX_ROLE + '@' + $account) -replace '\p{Cc}', ''
    # Emacs and a dumb terminal show codes as they are.
    if ($Env:NO_COLOR -or $Env:INSIDE_EMACS -or $Env:TERM -ceq 'dumb') { return "$text$left " }
    $escape = [char]27
    return "$escape[${color}m$text$left$escape[0m "
}

# The prompt that was there is kept.
if (-not (Test-Path -Path Function:__roledex_own_prompt)) {
    ${function:global:__roledex_own_prompt} = ${function:prompt}
    # It comes first, because it may show $?.
    function global:prompt {
        $own = __roledex_own_prompt
        (__roledex_prompt) + $own
    }
}
