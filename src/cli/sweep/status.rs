//! How a sweep stands, told from another terminal.

use crate::cli::exit::{DONE, Ending, say};
use ganscope::sweep::{Row, RowStatus, Standing, SweepFolder};
use std::path::Path;

/// Runs of a kind that are listed at most.
const LISTED: usize = 10;

/// Prints how the sweep in a folder stands.
pub fn status(folder: &Path) -> Ending {
    let standing = Standing::of(&SweepFolder::new(folder))?;
    say(&words(&standing, folder))?;
    Ok(DONE)
}

fn words(standing: &Standing, folder: &Path) -> String {
    let all = standing.rows.len();
    let ended = standing.rows.iter().filter(|row| row.status.ended()).count();
    let state = match standing.at_work {
        true => "at work",
        false if ended == all => "the sweep is complete",
        false => "not at work; go on with the same command and --resume",
    };
    let mut text = format!("{}: {ended} of {all} runs done, {state}\n", folder.display());
    let kinds = [
        RowStatus::Finished,
        RowStatus::Diverged,
        RowStatus::Failed,
        RowStatus::Unfinished,
        RowStatus::Waiting,
    ];
    for status in kinds {
        let count = standing.count(status);
        if count > 0 {
            text += &format!("  {:<10}  {count}\n", status.word());
        }
    }
    for status in [RowStatus::Unfinished, RowStatus::Failed] {
        let rows: Vec<&Row> = standing.rows.iter().filter(|row| row.status == status).collect();
        for row in rows.iter().take(LISTED) {
            let name = standing.manifest.design.run_name(row.run);
            let more = if row.reason.is_empty() { String::new() } else { format!(": {}", row.reason) };
            text += &match status {
                RowStatus::Failed => format!("  {name}{more}\n"),
                _ => format!("  {name}: {} at step {}{more}\n", status.word(), row.steps),
            };
        }
        if rows.len() > LISTED {
            text += &format!("  and {} more {}\n", rows.len() - LISTED, status.word());
        }
    }
    text
}
