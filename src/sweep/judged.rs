//! Settings held to the scenario's `[expect]`, each over its seeds.

use super::folder::SweepFolder;
use super::plan::Plan;
use super::row::Row;
use crate::run::folder::FolderError;
use crate::run::info::Status;
use crate::run::record::Table;
use crate::run::{RunError, SeedRun, Verdict, judge};

/// Whether the runs of each setting are what the scenario expects of them, by the setting's number. Every setting has the
/// scenario's `[expect]` with what its own values change in it (`"expect.final.modes_covered" = ">= 8"` in an entry of the
/// sweep's list); the seeds are the sweep's. Empty where the file is none of a sweep, or expects nothing.
pub fn judged(plan: &Plan, folder: &SweepFolder, rows: &[Row]) -> Result<Vec<Verdict>, RunError> {
    if !plan.expecting {
        return Ok(Vec::new());
    }
    let settings = plan.design.settings().unwrap_or(0);
    (0..settings).map(|setting| verdict(plan, folder, rows, setting)).collect()
}

fn verdict(plan: &Plan, folder: &SweepFolder, rows: &[Row], setting: usize) -> Result<Verdict, RunError> {
    let Some(expect) = plan.setting(setting)?.scenario.expect else { return Ok(Verdict::default()) };
    let own = rows.iter().filter(|row| plan.design.run(row.run).0 == setting);
    let read = |row: &Row| -> Result<(u64, Status, Table), FolderError> {
        let run = folder.run(&plan.design.run_name(row.run));
        let seed = plan.design.run(row.run).1;
        // A run that could not be made has recorded nothing.
        match row.status.ended() {
            true => Ok((seed, run.read_info()?.status, run.read_table()?)),
            false => Ok((seed, Status::Stopped, Table::default())),
        }
    };
    let runs: Vec<(u64, Status, Table)> = own.map(read).collect::<Result<_, _>>()?;
    let views: Vec<SeedRun> = runs.iter().map(|(seed, status, table)| (*seed, *status, table)).collect();
    Ok(judge(&expect, &views))
}
