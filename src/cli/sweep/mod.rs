//! `sweep`: many runs at once.

mod ask;
pub mod show;
mod status;
mod watch;

use super::exit::{DONE, Ending, FAILED, Failure, INTERRUPTED, UNEXPECTED, note, say};
use super::run::kernels;
use super::working::Working;
use super::{in_pool, pictures, stop};
use ganscope::plot::Files;
use ganscope::run::{KernelChoice, Outcome, RunError};
use ganscope::scenario::{Override, Seeds};
use ganscope::sweep::{
    Axis, Manifest, Plan, RowStatus, SweepFolder, SweepOptions, SweepRequest, Swept, judged,
};
use std::collections::BTreeMap;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  ganscope sweep mine.toml -j 4
  ganscope sweep ring8-small-regularized --vary game.regularizer.0.eta=0,0.1,0.5,1 --seeds 1..16
  ganscope sweep dirac-r1 --vary dynamics.optimizer.lr=0.01..1:20:log --reached 'final.distance_equilibrium<=1e-6'
  ganscope sweep --status runs/mine-sweep";

/// Make many runs at once: a scenario with a [sweep] table, or any scenario with --vary and --seeds.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Name of a shipped scenario, or a scenario file.
    #[arg(value_name = "NAME|FILE", required_unless_present = "status")]
    scenario: Option<String>,
    /// Another axis: KEY=A,B,C, or KEY=FROM..TO:COUNT, with :log behind it for equal ratios; may be repeated.
    #[arg(long, value_name = "KEY=VALUES", value_parser = Axis::parse)]
    vary: Vec<Axis>,
    /// Seeds of every setting: FROM..TO, both included, or A,B,C [default: the file's].
    #[arg(long, value_name = "SEEDS", value_parser = seeds)]
    seeds: Option<Seeds>,
    /// Replace a value of the scenario in every run; may be repeated.
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = Override::parse)]
    set: Vec<Override>,
    /// When a run has reached its goal, as in 'final.modes_covered>=8'; may be repeated [default: all modes of the data].
    #[arg(long, value_name = "BOUND", value_parser = bound)]
    reached: Vec<(String, String)>,
    /// A measure whose median is shown; may be repeated [default: a few that the runs have].
    #[arg(long = "measure", value_name = "COLUMN")]
    measures: Vec<String>,
    /// Runs at once, each on one thread, until the last ones share what cores are left [default: all cores].
    #[arg(short, long, value_name = "N", value_parser = super::threads)]
    jobs: Option<usize>,
    /// Native kernels are fast; portable ones give the same bytes on every machine.
    #[arg(long, default_value = "native", value_parser = kernels)]
    kernels: KernelChoice,
    /// The folder of the sweep [default: runs/<name of the scenario>-sweep].
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Make what is missing of the sweep that is in the folder; --seeds may name more than it has.
    #[arg(long, conflicts_with = "force")]
    resume: bool,
    /// Replace the sweep that is in the folder.
    #[arg(long)]
    force: bool,
    /// Say what would be run, and what it would need, and run nothing.
    #[arg(long)]
    dry_run: bool,
    /// Do not ask before a large sweep.
    #[arg(long)]
    yes: bool,
    /// Let every run have its own pictures and report, and keep what they need.
    #[arg(long)]
    plots: bool,
    /// Print nothing but errors.
    #[arg(long, short)]
    quiet: bool,
    /// Say how the sweep in a folder stands.
    #[arg(long, value_name = "FOLDER", exclusive = true)]
    status: Option<PathBuf>,
}

/// Runs that a plan lists at most.
const LISTED: usize = 40;

fn seeds(text: &str) -> Result<Seeds, String> {
    let seeds = Seeds::Text(text.into());
    seeds.all().map(|_| seeds)
}

/// Parses a bound on a measure: `final.modes_covered>=8`.
fn bound(text: &str) -> Result<(String, String), String> {
    let at = text
        .find(['<', '>', '='])
        .ok_or("expected SCOPE.MEASURE and a bound, as in final.modes_covered>=8")?;
    let (reading, bound) = (text[..at].trim(), text[at..].trim());
    let read: ganscope::scenario::Reading = reading.parse()?;
    if read.median {
        return Err("a median is about all seeds together; a goal is of one run".into());
    }
    bound.parse::<ganscope::scenario::Bound>()?;
    Ok((reading.to_string(), bound.to_string()))
}

/// Makes the runs of a sweep.
pub fn sweep(args: &Args) -> Ending {
    if let Some(folder) = &args.status {
        return status::status(folder);
    }
    let Some(scenario) = &args.scenario else {
        return Err(Failure::input("give a scenario, or --status FOLDER"));
    };
    let plan = Plan::new(&request(args, scenario)?)?;
    let runs = ask::size(&plan, scenario)?;
    let jobs = args.jobs.unwrap_or_else(ganscope::run::cores);
    let cost = plan.cost()?;
    if !args.dry_run {
        ask::confirm(runs, &cost, jobs, args.yes)?;
    }
    let seconds = checked(&plan)?;
    if args.dry_run {
        say(&listing(&plan, runs, &ask::needs(&cost, jobs)))?;
        return Ok(DONE);
    }
    let out = args
        .out
        .clone()
        .unwrap_or_else(|| PathBuf::from("runs").join(format!("{}-sweep", plan.base.scenario.name)));
    let options = SweepOptions { out, jobs, kernels: args.kernels, resume: args.resume, force: args.force };
    let swept = work(args, &plan, &seconds, &options)?;
    whole(&options, &swept)?;
    let folder = SweepFolder::new(&options.out);
    let manifest = Manifest::of(&plan)?;
    let show = || show::rows(&folder, &manifest, &swept.rows, Files::default());
    let summary = in_pool(Some(jobs), show)?;
    if !args.quiet {
        say(&format!("{summary}\nopen {}\n", folder.report().display()))?;
    }
    verdict(args, &plan, &folder, &swept)
}

/// Checks every setting; returns how long a run of each is thought to take.
fn checked(plan: &Plan) -> Result<Vec<f32>, Failure> {
    let working = Working::new("sweep");
    let settings = plan.design.settings().unwrap_or(0);
    Ok(plan.check(&|done| {
        if done.is_multiple_of(1000) {
            working.tell(&format!("{done} of {settings} settings checked"));
        }
    })?)
}

fn work(args: &Args, plan: &Plan, seconds: &[f32], options: &SweepOptions) -> Result<Swept, Failure> {
    let display = watch::Display::new(args.quiet);
    let stop = stop::on_interrupt();
    let finish = |outcome: &Outcome| match args.plots {
        true => pictures::draw_after(outcome, Some(1)).map_err(|failure| RunError::Failed(failure.message)),
        false => Ok(()),
    };
    let swept = ganscope::sweep::run(plan, seconds, options, &display, &stop, &finish);
    display.close();
    Ok(swept?)
}

/// Refuses a sweep that was stopped before its end.
fn whole(options: &SweepOptions, swept: &Swept) -> Result<(), Failure> {
    let rows = &swept.rows;
    let ended = rows.iter().filter(|row| row.status.ended()).count();
    let failed = rows.iter().filter(|row| row.status == RowStatus::Failed).count();
    let stands = format!("{}: {ended} of {} runs are done and kept", options.out.display(), rows.len());
    if let Some(error) = &swept.broken {
        return Err(Failure::input(format!("{error}; {stands}: {AGAIN}")));
    }
    match ended + failed < rows.len() {
        true => Err(Failure { code: INTERRUPTED, message: format!("{stands}; {AGAIN}") }),
        false => Ok(()),
    }
}

const AGAIN: &str = "go on with the same command and --resume";

/// The exit code of a sweep that came to its end: divergence is a result, what could not be made is not, and settings are
/// held to what the file expects of them.
fn verdict(args: &Args, plan: &Plan, folder: &SweepFolder, swept: &Swept) -> Ending {
    let failed = swept.rows.iter().filter(|row| row.status == RowStatus::Failed).count();
    if failed > 0 {
        let runs = if failed == 1 { "1 run".to_string() } else { format!("{failed} runs") };
        let text = format!("{runs} failed (why stands in {}); {AGAIN}", folder.csv().display());
        return Err(Failure { code: FAILED, message: text });
    }
    let verdicts = judged(plan, folder, &swept.rows)?;
    let passed = verdicts.iter().filter(|verdict| verdict.passed).count();
    if !verdicts.is_empty() && !args.quiet {
        say(&format!("{passed} of {} settings are as expected\n", verdicts.len()))?;
    }
    for (setting, verdict) in verdicts.iter().enumerate().filter(|(_, verdict)| !verdict.passed) {
        for failure in &verdict.failures {
            note(&format!("{}: {}", plan.design.label(setting), failure.sentence));
        }
    }
    Ok(if passed == verdicts.len() { DONE } else { UNEXPECTED })
}

fn request(args: &Args, scenario: &str) -> Result<SweepRequest, Failure> {
    let seeds = args.seeds.as_ref().map(Seeds::all).transpose().map_err(Failure::input)?;
    let reached: BTreeMap<String, String> = args.reached.iter().cloned().collect();
    Ok(SweepRequest {
        scenario: scenario.to_string(),
        set: args.set.clone(),
        vary: args.vary.clone(),
        seeds,
        reached,
        measures: args.measures.clone(),
        frames: args.plots,
    })
}

/// What is to be said of the sweep that a scenario holds, every setting checked, in two lines.
pub fn summary(scenario: &str, set: &[Override]) -> Result<String, Failure> {
    let request =
        SweepRequest { scenario: scenario.to_string(), set: set.to_vec(), ..SweepRequest::default() };
    let plan = Plan::new(&request)?;
    let runs = ask::size(&plan, scenario)?;
    checked(&plan)?;
    Ok(head(&plan, runs, &ask::needs(&plan.cost()?, ganscope::run::cores())))
}

/// The size of a plan and what it needs.
fn head(plan: &Plan, runs: usize, needs: &str) -> String {
    let design = &plan.design;
    let settings = design.settings().unwrap_or(0);
    format!("{runs} runs, {settings} settings with {} seeds each\n  {needs}\n", design.seeds.len())
}

/// The plan in words.
fn listing(plan: &Plan, runs: usize, needs: &str) -> String {
    let design = &plan.design;
    let mut text = format!("{}: {}", plan.base.scenario.name, head(plan, runs, needs));
    for axis in &design.axes {
        text += &format!("  {} points of {}\n", axis.points.len(), axis.keys().join(", "));
    }
    for run in 0..runs.min(LISTED) {
        text += &format!("    {}\n", design.run_name(run));
    }
    if runs > LISTED {
        text += &format!("    and {} more\n", runs - LISTED);
    }
    text
}
