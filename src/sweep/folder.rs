//! The folder of a sweep: where each file lies, whose it is, and whether a sweep may go on in it.

use super::design::Design;
use super::plan::Plan;
use crate::run::folder::{Folder, FolderError, json, read_text, write_whole};
use crate::run::{RunError, first_difference, holds_nothing, remove_leftovers};
use crate::scenario::Scenario;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The folder of a sweep by its path.
#[derive(Clone, Debug)]
pub struct SweepFolder {
    /// The folder.
    pub path: PathBuf,
}

/// The contents of `sweep.json`: what the sweep is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of this file's form.
    pub format: u32,
    /// Name and version of the program.
    pub program: String,
    /// Name of the scenario.
    pub name: String,
    /// Axes and seeds.
    #[serde(flatten)]
    pub design: Design,
    /// The goal that was named; none stands for all modes of the data.
    #[serde(default)]
    pub reached: BTreeMap<String, String>,
    /// Measures whose medians are shown, where they were named.
    #[serde(default)]
    pub measures: Vec<String>,
    /// Whether settings are held to the scenario's `[expect]`.
    #[serde(default)]
    pub expecting: bool,
    /// The scenario, but for axes and seeds, as TOML.
    pub scenario: String,
}

impl Manifest {
    /// What a plan's sweep is.
    pub fn of(plan: &Plan) -> Result<Self, RunError> {
        Ok(Manifest {
            format: 1,
            program: concat!("ganscope ", env!("CARGO_PKG_VERSION")).into(),
            name: plan.base.scenario.name.clone(),
            design: plan.design.clone(),
            reached: plan.reached.clone(),
            measures: plan.measures.clone(),
            expecting: plan.expecting,
            scenario: plan.base.to_toml().map_err(|e| RunError::Failed(e.to_string()))?,
        })
    }

    /// The scenario, but for axes and seeds.
    pub fn base(&self) -> Result<Scenario, String> {
        toml::from_str(&self.scenario).map_err(|e| e.message().to_string())
    }
}

impl SweepFolder {
    /// A folder at `path`, which need not exist yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        SweepFolder { path: path.into() }
    }
    /// What the sweep is.
    pub fn manifest(&self) -> PathBuf {
        self.path.join("sweep.json")
    }
    /// One row a run, as text.
    pub fn csv(&self) -> PathBuf {
        self.path.join("sweep.csv")
    }
    /// The same as Parquet.
    pub fn parquet(&self) -> PathBuf {
        self.path.join("sweep.parquet")
    }
    /// The folder of the run folders.
    pub fn runs(&self) -> PathBuf {
        self.path.join("runs")
    }
    /// The folder of a run.
    pub fn run(&self, name: &str) -> Folder {
        Folder::new(self.runs().join(name))
    }
    /// Why a run could not be made.
    pub fn failure(&self, name: &str) -> PathBuf {
        self.runs().join(format!("{name}.failed.txt"))
    }
    /// The folder of pictures.
    pub fn plots(&self) -> PathBuf {
        self.path.join("plots")
    }
    /// The folder of tables in Markdown and LaTeX.
    pub fn tables(&self) -> PathBuf {
        self.path.join("tables")
    }
    /// What was found, in Markdown.
    pub fn summary(&self) -> PathBuf {
        self.path.join("summary.md")
    }
    /// The page.
    pub fn report(&self) -> PathBuf {
        self.path.join("report.html")
    }

    /// Whether a sweep lies here.
    pub fn is_sweep(&self) -> bool {
        self.manifest().is_file()
    }

    /// Reads `sweep.json`.
    pub fn read(&self) -> Result<Manifest, FolderError> {
        let path = self.manifest();
        let text = read_text(&path)?;
        serde_json::from_str(&text).map_err(|e| FolderError::Damaged {
            path,
            what: e.to_string(),
            remedy: "restore it, or make the sweep again with --force",
        })
    }

    /// Makes the folder ready for a plan, or refuses; what is refused is left as it was.
    pub fn prepare(&self, plan: &Plan, resume: bool, force: bool) -> Result<(), RunError> {
        let shown = self.path.display();
        let refuse = |text: String| Err(RunError::Refused(text));
        if self.path.exists() && !self.path.is_dir() {
            return refuse(format!("{shown} is a file; choose another folder with --out"));
        }
        let own = Manifest::of(plan)?;
        if self.is_sweep() && resume {
            let theirs = self.read()?;
            if let Some(what) = differs(&own, &theirs) {
                return refuse(format!(
                    "{shown} holds another sweep: {what}; resume it with what it was started with (more seeds may be \
                     added), or choose another folder with --out"
                ));
            }
            remove_leftovers(&self.path)?;
            remove_leftovers(&self.runs())?;
            self.rename_runs(&theirs.design, &own.design)?;
        } else if self.is_sweep() && force {
            self.clear()?;
        } else if self.is_sweep() {
            return refuse(format!(
                "{shown} holds a sweep already; go on with it by --resume, replace it by --force, or choose another \
                 folder with --out"
            ));
        } else if !holds_nothing(&self.path)? {
            return refuse(format!(
                "{shown} holds files that are no sweep of ganscope; choose another folder with --out"
            ));
        }
        Ok(write_whole(&self.manifest(), json(&own).as_bytes())?)
    }

    /// Gives the runs of a design the names that they have in one with more seeds, where seeds are written with more
    /// digits.
    fn rename_runs(&self, from: &Design, to: &Design) -> Result<(), FolderError> {
        if from.seeds == to.seeds {
            return Ok(());
        }
        for run in 0..from.runs().unwrap_or(0) {
            let (setting, seed) = from.run(run);
            let Some(place) = to.seeds.iter().position(|own| *own == seed) else { continue };
            let (old, new) = (from.run_name(run), to.run_name(setting * to.seeds.len() + place));
            if old == new {
                continue;
            }
            for (old, new) in
                [(self.run(&old).path, self.run(&new).path), (self.failure(&old), self.failure(&new))]
            {
                // One that was renamed before a crash is there no more.
                if old.exists() {
                    std::fs::rename(&old, &new)
                        .map_err(|source| FolderError::Write { path: new.clone(), source })?;
                }
            }
        }
        Ok(())
    }

    /// Removes what a sweep makes. Its manifest goes last, so that the folder never stops being that of a sweep.
    fn clear(&self) -> Result<(), FolderError> {
        let gone = |path: &Path, done: std::io::Result<()>| match done {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                Err(FolderError::Write { path: path.into(), source })
            }
            _ => Ok(()),
        };
        for dir in [self.runs(), self.plots(), self.tables()] {
            gone(&dir, std::fs::remove_dir_all(&dir))?;
        }
        for file in [self.csv(), self.parquet(), self.summary(), self.report()] {
            gone(&file, std::fs::remove_file(&file))?;
        }
        remove_leftovers(&self.path)
    }
}

/// What makes a sweep another one than that in a folder; the goal, the measures and more seeds do not.
fn differs(own: &Manifest, theirs: &Manifest) -> Option<String> {
    if !theirs.design.seeds.iter().all(|seed| own.design.seeds.contains(seed)) {
        return Some(format!("its seeds are {}", listed(&theirs.design.seeds)));
    }
    if own.design.axes != theirs.design.axes {
        let keys: Vec<&str> = theirs.design.axes.iter().flat_map(super::Axis::keys).collect();
        let its = if keys.is_empty() {
            "it has no axes".into()
        } else {
            format!("its axes are over {}", keys.join(", "))
        };
        return Some(format!("{its}, with {} settings", theirs.design.settings().unwrap_or(0)));
    }
    if own.scenario == theirs.scenario {
        return None;
    }
    match (own.base(), theirs.base()) {
        (Ok(a), Ok(b)) if a == b => None,
        (Ok(a), Ok(b)) => Some(format!("it is of another scenario{}", first_difference(&a, &b))),
        _ => Some("it is of a scenario that this program does not know".into()),
    }
}

/// Seeds in a few words.
fn listed(seeds: &[u64]) -> String {
    match seeds {
        [first, .., last] if seeds.windows(2).all(|pair| pair[1] == pair[0] + 1) => {
            format!("{first}..{last}")
        }
        _ => seeds.iter().map(u64::to_string).collect::<Vec<_>>().join(","),
    }
}
