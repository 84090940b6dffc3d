//! `roledex import TOOL`: imports the settings of another tool.

use super::args::Global;
use super::guard;
use super::output::Output;
use crate::domain::text::clean;
use crate::domain::{Problem, ProblemKind};
use crate::flow::Flow;
use crate::flow::import::{Imported, ImportedPortals, Maker, PortalsOf};

/// Another tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Tool {
    /// ~/.saml2aws
    Saml2aws,
    /// ~/.granted/config, and granted's profiles in ~/.aws/config
    Granted,
    /// aws-sso's config.yaml
    AwsSsoCli,
    /// aws-vault's settings in ~/.aws/config
    AwsVault,
    /// Leapp's workspace, ~/.Leapp/Leapp-lock.json
    Leapp,
    /// awsume's config.yaml, and its settings in ~/.aws
    Awsume,
    /// Profiles of ~/.aws/config with a start URL of their own, without an sso-session
    Legacy,
}

/// `roledex import`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The tool
    #[arg(value_enum, required_unless_present = "profiles")]
    pub tool: Option<Tool>,
    /// Manage the profiles whose role a portal lists: those of the tool, or of all tools
    #[arg(long)]
    pub profiles: bool,
    /// Show what would be imported, without writing
    #[arg(long)]
    pub dry_run: bool,
    /// Continue with a guarded entry without asking
    #[arg(long, requires = "profiles")]
    pub yes: bool,
}

/// Imports what can be imported, and says what cannot and why.
pub(super) async fn run(
    flow: &Flow,
    global: &Global,
    options: &Args,
    output: &Output,
) -> Result<u8, Problem> {
    let makers = makers(options)?;
    if let Some(tool) = options.tool {
        settings(flow, tool, options.dry_run, output).await?;
    }
    if options.profiles {
        profiles(flow, global, options, makers, output).await?;
    }
    Ok(0)
}

/// The makers of the profiles that `--profiles` takes over.
fn makers(options: &Args) -> Result<&'static [Maker], Problem> {
    match options.tool {
        None => Ok(Maker::ALL),
        Some(Tool::Granted) => Ok(&[Maker::Granted]),
        Some(Tool::AwsSsoCli) => Ok(&[Maker::AwsSsoCli]),
        Some(Tool::AwsVault) => Ok(&[Maker::AwsVault]),
        Some(Tool::Legacy) => Ok(&[Maker::AwsCli, Maker::AwsSsoUtil]),
        Some(Tool::Saml2aws | Tool::Leapp | Tool::Awsume) if !options.profiles => Ok(&[]),
        Some(Tool::Saml2aws | Tool::Leapp | Tool::Awsume) => Err(Problem::new(
            ProblemKind::Usage,
            "this tool writes no profiles that can be taken over",
        )
        .hint("remove --profiles")),
    }
}

/// Imports the portals, the apps and the settings of a tool.
async fn settings(flow: &Flow, tool: Tool, dry_run: bool, output: &Output) -> Result<(), Problem> {
    let done = if dry_run {
        "would be imported"
    } else {
        "imported"
    };
    let from = match tool {
        Tool::Saml2aws => {
            let found = flow.import_saml2aws(dry_run)?;
            apps(&found, done, output)?;
            if found == Imported::default() {
                output.note(&flow.nothing_to_import(&flow.saml2aws_file()));
            }
            return Ok(());
        }
        Tool::Granted => PortalsOf::Granted,
        Tool::AwsSsoCli => PortalsOf::AwsSsoCli,
        Tool::AwsVault => PortalsOf::AwsVault,
        Tool::Leapp => PortalsOf::Leapp,
        Tool::Awsume => PortalsOf::Awsume,
        Tool::Legacy => PortalsOf::Legacy,
    };
    let found = flow.import_portals(from, dry_run).await?;
    for taken in &found.taken {
        let portal = &taken.portal;
        output.line(&portal.name)?;
        let users = match taken.profiles {
            0 => String::new(),
            1 => "; 1 profile uses it and does not change".to_owned(),
            many => format!("; {many} profiles use it and do not change"),
        };
        output.note(&format!(
            "the portal {}: {done}, {} in {}{users}",
            portal.name, portal.start_url, portal.region
        ));
    }
    for (name, portal) in &found.known {
        output.note(&format!("{name}: already saved as the portal {portal}"));
    }
    for setting in &found.regions {
        output.note(&format!("the setting {setting}: {done}"));
    }
    apps(&found.apps, done, output)?;
    left(&found.left, output);
    match found.taken.first() {
        Some(taken) if !dry_run => output.note(&format!(
            "to sign in, run: roledex login {}; to write profiles, run: roledex sync",
            taken.portal.name
        )),
        _ if found == ImportedPortals::default() => {
            output.note(&flow.nothing_to_import(&flow.file_of(from)));
        }
        _ => {}
    }
    Ok(())
}

/// Takes over profiles: shows the changes, then writes them at once.
async fn profiles(
    flow: &Flow,
    global: &Global,
    options: &Args,
    makers: &[Maker],
    output: &Output,
) -> Result<(), Problem> {
    if options.yes {
        flow.confirm_all();
    }
    let plan = flow.profiles_plan(makers, global.portal.as_deref()).await?;
    let rows = plan.rows.iter().fold(String::new(), |rows, row| {
        rows + &format!("~ {}  {}\n", clean(&row.name), row.entry)
    });
    output.block(&rows);
    left(&plan.left, output);
    let mut warnings = plan.warnings.clone();
    if !options.dry_run {
        let (permits, _) = guard::permit_all(flow, &plan.entries(), output).await?;
        warnings.extend(flow.take_profiles(&plan, &permits)?);
    }
    for row in &plan.rows {
        output.line(&row.name)?;
    }
    for warning in &warnings {
        output.warning(warning);
    }
    let taken = plan.rows.len();
    output.note(&if options.dry_run {
        format!("{taken} would be managed, nothing was written")
    } else if taken == 0 {
        "no profile to take over".to_owned()
    } else {
        format!("{taken} managed now; to undo it, run: roledex undo")
    });
    Ok(())
}

fn apps(found: &Imported, done: &str, output: &Output) -> Result<(), Problem> {
    for app in &found.taken {
        output.line(&app.name)?;
        output.note(&format!("{}: {done}, {}", app.name, app.url));
    }
    for name in &found.known {
        output.line(name)?;
        output.note(&format!("{name}: already saved as an app"));
    }
    left(&found.left, output);
    Ok(())
}

fn left(items: &[(String, String)], output: &Output) {
    for (name, why) in items {
        // The lines after the first are for the settings, as they are.
        let (why, lines) = why.split_once('\n').unwrap_or((why, ""));
        output.warning(&format!("{name}: not imported, {why}"));
        for line in lines.lines() {
            output.note(line);
        }
    }
}
