//! `cite`: the papers that a scenario's parts come from.

use super::exit::{Failure, say};
use ganscope::report::{bibliography, bibtex};
use ganscope::run::folder::Folder;
use ganscope::scenario::load;
use std::path::Path;

/// Print BibTeX of the papers that the parts of a run or a scenario come from.
#[derive(clap::Args)]
#[command(after_help = "Example: ganscope cite runs/ring8-regularized > references.bib")]
pub struct Args {
    /// A run folder, a scenario file, or the name of a shipped scenario.
    #[arg(value_name = "RUN|FILE|NAME")]
    of: String,
}

/// Prints the papers.
pub fn cite(args: &Args) -> Result<(), Failure> {
    let inside = Folder::new(&args.of).scenario();
    let name = match Path::new(&args.of).is_dir() && inside.is_file() {
        true => inside.to_string_lossy().into_owned(),
        false => args.of.clone(),
    };
    let loaded = load(&name, &[], None)?;
    say(&bibtex(&bibliography(&loaded.scenario)))
}
