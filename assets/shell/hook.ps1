# roledex in PowerShell. In $PROFILE: roledex init pwsh | Out-String | Invoke-Expression
#
#   rdx            pick an account and a role, and export them into this shell
#   rdx prod adm   the same, with a search and flags of `roledex env`; one match is taken at once
#   rdx -          the previous role of this shell
#   rdx refresh    new credentials for its role
#   rdx off        take them back
#   rdx login      any other command of roledex

# Where roledex fails or is cancelled nothing is evaluated; $LASTEXITCODE is its exit code.
function global:rdx {
    $roledex = Get-Command -Name roledex -CommandType Application -ErrorAction Stop | Select-Object -First 1
    $commands = @(@COMMANDS@, '-h', '--help', '-V', '--version')
    $first = if ($args.Count) { [string]$args[0] } else { '' }
    # The variables of this shell are renewed, too.
    $again = $args.Count -eq 1 -and $first -ceq 'refresh' -and $Env:ROLEDEX_ENTRY
    if ($commands -ccontains $first -and -not $again) {
        & $roledex @args
        return
    }
    $words = @('env', '--hook', '--shell', 'pwsh')
    if ($again) { $words += '--refresh' }
    elseif ($first -ceq 'off') { $words += '--unset' }
    elseif ($first) { $words += $args }
    $lines = & $roledex @words
    if ($LASTEXITCODE -ne 0 -or -not $lines) { return }
    Invoke-Expression ($lines -join "`n")
}

# Managed profiles and entries, from what is known without the network. rdx takes its words as they
# come and names no parameter, so it is completed as a native command is.
Register-ArgumentCompleter -Native -CommandName rdx -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $roledex = Get-Command -Name roledex -CommandType Application -ErrorAction SilentlyContinue | Select-Object -First 1
    if (-not $roledex) { return }
    & $roledex __complete --commands -- "$wordToComplete" 2>$null | ForEach-Object {
        $value, $description = $_ -split "`t", 2
        if (-not $description) { $description = $value }
        # A comma makes an array of a bare word, and a first @ something else.
        $text = if ($value -match '[,@]') { "'$value'" } else { $value }
        [System.Management.Automation.CompletionResult]::new($text, $value, 'ParameterValue', $description)
    }
}
