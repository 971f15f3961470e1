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
    #[command(flatten)]
    at: Where,
}

/// Which point of a step.
#[derive(clap::Args)]
pub struct Where {
    /// checkpoint: the point as it was left; equilibrium: the exact one where the game knows it, else the one that
    /// Gauss-Newton finds from the checkpoint.
    #[arg(long, value_name = "WHERE", default_value = "checkpoint", value_parser = at)]
    at: At,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Checkpoint,
    Equilibrium,
}

fn at(text: &str) -> Result<At, String> {
    match text {
        "checkpoint" => Ok(At::Checkpoint),
        "equilibrium" => Ok(At::Equilibrium),
        _ => Err("expected checkpoint or equilibrium".into()),
    }
}

impl Place {
    /// The point of a run.
    pub fn subject(&self, folder: &Folder) -> Result<Subject, Failure> {
        self.at.subject(Subject::of_run(folder, self.step)?)
    }
}

impl Where {
    /// The subject, at an equilibrium if that is asked for.
    pub fn subject(&self, mut subject: Subject) -> Result<Subject, Failure> {
        if self.at == At::Equilibrium {
            let working = Working::new("search");
            let (sentence, _) = subject.to_equilibrium(&|what| working.tell(what))?;
            drop(working);
            note(&sentence);
        }
        Ok(subject)
    }
}
