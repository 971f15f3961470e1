//! What else is asked at a point: how its eigenvalues move with a value of the scenario, and the field on the way to
//! it.

use super::{Args, pictures, tell};
use crate::cli::exit::{Failure, say};
use crate::cli::stop::Guard;
use crate::cli::working::Working;
use ganscope::inspect::{self, Vary};
use ganscope::run::Subject;
use ganscope::run::folder::{Folder, json, write_whole};
use ganscope::spectrum::{Path as FieldPath, Sweep, alphas};
use serde::Serialize;
use std::path::Path;

/// Places on a path, from before its start to beyond its end.
const PLACES: usize = 91;
const BEFORE: f64 = -0.2;
const BEYOND: f64 = 1.3;

/// Varies a value of the scenario at the point.
pub fn vary(
    args: &Args,
    subject: &Subject,
    folder: &Folder,
    values: &Vary,
    out: &Path,
    guard: &Guard,
) -> Result<(), Failure> {
    let batches = args.how.batches(subject)?;
    let working = Working::new("vary");
    let request = args.how.request(subject.loaded.scenario.seed);
    let sweep = inspect::vary(subject, folder, values, &batches, &request, &|what| working.tell(what))?;
    drop(working);
    let stem = format!(
        "vary-{}-step-{:08}",
        values.key.replace(|c: char| !c.is_ascii_alphanumeric(), "-"),
        subject.step
    );
    {
        let _writing = guard.writing();
        write_whole(&out.join(format!("{stem}.csv")), csv(&sweep).as_bytes())?;
        keep(&sweep, &out.join(format!("{stem}.json")))?;
        if !args.no_plots {
            pictures::write(&[pictures::of_sweep(&sweep, &stem)], out)?;
        }
    }
    answer(args, &sweep, &words(&sweep, &out.join(format!("{stem}.json"))))
}

/// The field along the line from another step to the point.
pub fn along(
    args: &Args,
    subject: &Subject,
    folder: &Folder,
    from: u64,
    out: &Path,
    guard: &Guard,
) -> Result<(), Failure> {
    let start = subject.moved_to(folder, from)?;
    let batches = args.how.batches(subject)?;
    let path = subject.path_from(&start, batches.first(), &alphas(BEFORE, BEYOND, PLACES))?;
    let stem = format!("path-{from:08}-to-{:08}", subject.step);
    let file = out.join(format!("{stem}.json"));
    {
        let _writing = guard.writing();
        keep(&path, &file)?;
        write_whole(&file.with_extension("csv"), path_csv(&path).as_bytes())?;
        if !args.no_plots {
            pictures::write(&[pictures::of_path(&path, &stem)], out)?;
        }
    }
    let text = format!(
        "field from step {from} to step {}: {} places over a distance of {:.4e}\n  files {}\n",
        subject.step,
        path.alphas.len(),
        path.distance,
        file.display()
    );
    answer(args, &path, &text)
}

pub fn keep(what: &impl Serialize, file: &Path) -> Result<(), Failure> {
    Ok(write_whole(file, json(what).as_bytes())?)
}

fn answer(args: &Args, what: &impl Serialize, words: &str) -> Result<(), Failure> {
    tell(args, words)?;
    match args.json.as_deref() {
        Some(path) if path == Path::new("-") => say(&json(what)),
        Some(path) => keep(what, path),
        None => Ok(()),
    }
}

fn words(sweep: &Sweep, file: &Path) -> String {
    let mut out = format!("{}: {} values\n", sweep.parameter, sweep.points.len());
    for point in &sweep.points {
        let number = |x: Option<f64>| x.map_or("-".into(), |x| format!("{x:.6e}"));
        out += &format!(
            "  {:<14} largest real {:<14} largest multiplier {}\n",
            point.value,
            number(point.largest_real),
            number(point.largest_multiplier)
        );
    }
    for c in &sweep.crossings {
        let way = if c.grows_beyond { "grows beyond" } else { "contracts beyond" };
        out += &format!("  crossing: the {} {way} {:.9}\n", c.what.name(), c.value);
    }
    if sweep.crossings.is_empty() {
        out += "  no crossing between these values\n";
    }
    out + &format!("  files {}\n", file.display())
}

fn csv(sweep: &Sweep) -> String {
    let mut out = String::from("value,re,im\n");
    for point in &sweep.points {
        for [re, im] in &point.eigenvalues {
            out += &format!("{},{re},{im}\n", point.value);
        }
    }
    out
}

fn path_csv(path: &FieldPath) -> String {
    let mut out = String::from("alpha,norm,cosine,norm_d,cosine_d,norm_g,cosine_g\n");
    let cell = |values: &[Option<f64>], k: usize| {
        values.get(k).copied().flatten().map_or(String::new(), |x| format!("{x}"))
    };
    for (k, alpha) in path.alphas.iter().enumerate() {
        let of = [&path.both, &path.discriminator, &path.generator]
            .map(|along| format!("{},{}", cell(&along.norms, k), cell(&along.angles, k)));
        out += &format!("{alpha},{}\n", of.join(","));
    }
    out
}
