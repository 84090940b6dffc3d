# roledex in PowerShell. In $PROFILE: roledex init pwsh | Out-String | Invoke-Expression
#
#   rdx            pick an account and a role, and export them into this shell
#   rdx prod adm   the same, with a search; one match is taken at once
#   rdx off        take them back
#   rdx login      any other command of roledex

# Where roledex fails or is cancelled nothing is evaluated; $LASTEXITCODE is its exit code.
function global:rdx {
    $roledex = Get-Command -Name roledex -CommandType Application -ErrorAction Stop | Select-Object -First 1
    $commands = @(@COMMANDS@, '-h', '--help', '-V', '--version')
    $first = if ($args.Count) { [string]$args[0] } else { '' }
    if ($commands -ccontains $first) {
        & $roledex @args
        return
    }
    $words = @('env', '--hook', '--shell', 'pwsh')
    if ($first -ceq 'off') { $words += '--unset' }
    elseif ($first.StartsWith('-')) { $words += $args }
    elseif ($first) { $words += @('--', ($args -join ' ')) }
    $lines = & $roledex @words
    if ($LASTEXITCODE -ne 0) { return }
    Invoke-Expression ($lines -join "`n")
}

# Managed profiles and entries, from what is known without the network.
Register-ArgumentCompleter -CommandName rdx -ScriptBlock {
    param($commandName, $parameterName, $wordToComplete)
    $roledex = Get-Command -Name roledex -CommandType Application -ErrorAction SilentlyContinue | Select-Object -First 1
    if (-not $roledex) { return }
    & $roledex __complete --commands -- "$wordToComplete" 2>$null | ForEach-Object {
        $value, $description = $_ -split "`t", 2
        if (-not $description) { $description = $value }
        [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $description)
    }
}
