//! The command line: parse, call the library, print. No science here.

mod basin;
mod check;
mod cite;
mod exit;
mod maps;
mod new;
mod pictures;
mod place;
mod progress;
mod run;
mod shelf;
mod spectrum;
mod stop;
mod sweep;
mod test;
mod words;
mod working;

use clap::{Parser, Subcommand};
use exit::{DONE, Ending, Failure, note};
use std::process::ExitCode;

const EXIT_CODES: &str = "\
Exit codes:
  0    done
  1    something went wrong that is not the input's fault
  2    the input was wrong; the message says where and what to do
  3    a run diverged, and its scenario does not expect that
  4    an expectation does not hold (`ganscope test`)
  130  interrupted; the run can be resumed

Example: ganscope run quickstart";

/// Trains small GANs and two-player games, and shows how the training moves.
#[derive(Parser)]
#[command(version, about, after_help = EXIT_CODES, max_term_width = 110)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Run(run::Args),
    List(shelf::ListArgs),
    Show(shelf::ShowArgs),
    New(new::Args),
    Check(check::Args),
    Schema(shelf::SchemaArgs),
    Plot(pictures::PlotArgs),
    Compare(pictures::CompareArgs),
    Spectrum(Box<spectrum::Args>),
    Basin(basin::Args),
    Region(maps::region::Args),
    Sweep(Box<sweep::Args>),
    Test(test::Args),
    Cite(cite::Args),
    Completions(shelf::CompletionsArgs),
}

/// Does what the command line says.
pub fn main() -> ExitCode {
    stop::outlive_limits();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version come here too, with code 0. Nobody reading them is no error.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(exit::INPUT));
        }
    };
    match dispatch(cli.command) {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            if !failure.message.is_empty() {
                // Without a prefix: editors look for FILE:LINE:COLUMN at the start of a line.
                note(&failure.message);
            }
            ExitCode::from(failure.code)
        }
    }
}

fn dispatch(command: Command) -> Ending {
    match command {
        Command::Run(args) => run::run(&args),
        Command::List(_) => shelf::list().map(|()| DONE),
        Command::Show(args) => shelf::show(&args).map(|()| DONE),
        Command::New(args) => new::new(&args).map(|()| DONE),
        Command::Check(args) => check::check(&args),
        Command::Schema(_) => shelf::schema().map(|()| DONE),
        Command::Plot(args) => pictures::plot(&args).map(|()| DONE),
        Command::Compare(args) => pictures::compare(&args).map(|()| DONE),
        Command::Spectrum(args) => spectrum::spectrum(&args),
        Command::Basin(args) => basin::run(&args),
        Command::Region(args) => maps::region::region(&args),
        Command::Sweep(args) => sweep::sweep(&args),
        Command::Test(args) => test::test(&args),
        Command::Cite(args) => cite::cite(&args).map(|()| DONE),
        Command::Completions(args) => shelf::completions::<Cli>(&args).map(|()| DONE),
    }
}

/// Parses a number of threads.
fn threads(text: &str) -> Result<usize, String> {
    match text.parse::<usize>() {
        Ok(count @ 1..=1024) => Ok(count),
        _ => Err("expected a number from 1 to 1024".into()),
    }
}

/// Does something on so many threads.
fn in_pool<A: Send>(
    threads: Option<usize>,
    run: impl FnOnce() -> Result<A, Failure> + Send,
) -> Result<A, Failure> {
    let pool = ganscope::run::pool(threads.unwrap_or_else(ganscope::run::cores))?;
    pool.install(run)
}
