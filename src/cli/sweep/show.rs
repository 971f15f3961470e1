//! What a sweep found, as files: tables, pictures, one page.

use crate::cli::exit::Failure;
use crate::cli::pictures::shown;
use ganscope::plot::{self, Files};
use ganscope::report;
use ganscope::run::RunError;
use ganscope::run::folder::write_whole;
use ganscope::sweep::{CurvePoint, Manifest, Results, Row, Standing, SweepFolder, Tuned, curves, tuned};
use std::path::{Path, PathBuf};

/// Shows what lies in a sweep's folder, be it whole or not; returns the summary in Markdown.
pub fn again(folder: &Path, files: Files) -> Result<String, Failure> {
    let folder = SweepFolder::new(folder);
    let standing = Standing::of(&folder)?;
    rows(&folder, &standing.manifest, &standing.rows, files)
}

/// Shows rows of a sweep in its folder; returns the summary in Markdown.
pub fn rows(
    folder: &SweepFolder,
    manifest: &Manifest,
    rows: &[Row],
    files: Files,
) -> Result<String, Failure> {
    let results = Results::of(manifest, folder, rows);
    let base = manifest.base().map(|base| base.description).unwrap_or_default();
    write(&results, &folder.path, &folder.report(), files, (&base, &manifest.scenario))
}

/// Sets several sweeps side by side in a folder; returns the summary in Markdown.
///
/// Where keys are to be tuned, every method is shown at its own best setting of them.
pub fn compare(sweeps: &[PathBuf], tune: &[String], out: &Path, files: Files) -> Result<String, Failure> {
    let mut all = Vec::new();
    for path in sweeps {
        let folder = SweepFolder::new(path);
        let Standing { manifest, rows, .. } = Standing::of(&folder)?;
        all.push((path.display().to_string(), Results::of(&manifest, &folder, &rows)));
    }
    let page = out.join("comparison.html");
    if tune.is_empty() {
        let results = Results::side_by_side(&all).map_err(Failure::input)?;
        return write(&results, out, &page, files, ("", ""));
    }
    let Tuned { results, budget } = tuned(&all, tune).map_err(Failure::input)?;
    Ok(format!("{budget}\n\n{}", write(&results, out, &page, files, (&budget, ""))?))
}

fn write(
    results: &Results,
    out: &Path,
    page: &Path,
    files: Files,
    (lead, scenario): (&str, &str),
) -> Result<String, Failure> {
    let curves: Vec<Vec<Vec<CurvePoint>>> = results
        .settings
        .iter()
        .map(|setting| curves(setting, &results.measures))
        .collect::<Result<_, _>>()
        .map_err(RunError::from)?;
    let pictures = plot::sweep_pictures(results, &curves);
    plot::write_all(&pictures, &out.join("plots"), files)?;
    let tables = out.join("tables");
    for (name, grid) in
        [("settings", report::settings_table(results)), ("compared", report::pairs_table(results))]
    {
        write_whole(&tables.join(format!("{name}.md")), grid.markdown().as_bytes())?;
        write_whole(&tables.join(format!("{name}.tex")), grid.latex().as_bytes())?;
    }
    let summary = report::sweep_markdown(results);
    write_whole(&out.join("summary.md"), summary.as_bytes())?;
    let program = concat!("ganscope ", env!("CARGO_PKG_VERSION"));
    let text = report::sweep_page(results, &shown(pictures), lead, scenario, program);
    write_whole(page, text.as_bytes())?;
    Ok(summary)
}
