//! At which point of a run something is asked.

use super::exit::{Failure, note};
use super::working::Working;
use ganscope::run::Subject;
use ganscope::run::folder::Folder;

/// The point of a run.
#[derive(clap::Args)]
pub struct Place {
    /// The step, one with a checkpoint [default: the last].
    #[arg(long, value_name = "N")]
    step: Option<u64>,
    /// checkpoint: the point as it was left; equilibrium: the exact one where the game knows it, else the one that
    /// Gauss-Newton finds from the checkpoint.
    #[arg(long, value_name = "WHERE", default_value = "checkpoint", value_parser = at)]
    at: At,
}

/// Which point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// That of the checkpoint.
    Checkpoint,
    /// An equilibrium near it.
    Equilibrium,
}

pub fn at(text: &str) -> Result<At, String> {
    match text {
        "checkpoint" => Ok(At::Checkpoint),
        "equilibrium" => Ok(At::Equilibrium),
        _ => Err("expected checkpoint or equilibrium".into()),
    }
}

impl Place {
    /// The point of a run.
    pub fn subject(&self, folder: &Folder) -> Result<Subject, Failure> {
        moved(Subject::of_run(folder, self.step)?, self.at)
    }
}

/// The subject, at an equilibrium if that is asked for.
pub fn moved(mut subject: Subject, at: At) -> Result<Subject, Failure> {
    if at == At::Equilibrium {
        let working = Working::new("search");
        let (sentence, _) = subject.to_equilibrium(&|what| working.tell(what))?;
        drop(working);
        note(&sentence);
    }
    Ok(subject)
}
