//! From a name, a file or a text to a scenario that every module may trust.

use super::check::{FormulaFlaw, check, formulas};
use super::estimate::{Estimate, estimate};
use super::fit::unfit;
use super::overrides::Override;
use super::problem::{Complaint, Problem, Problems, line_and_column, place_all};
use super::shipped::{self, Shipped};
use super::sweep::QUOTED;
use super::tree::{Item, Node, Place};
use super::validate::{nearest, validate};
use super::{Data, Precision, Scenario, Sweep};
use serde::Deserialize;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Where a scenario came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A file.
    File(PathBuf),
    /// One that the program carries, by its name.
    Shipped(&'static str),
    /// A text in memory.
    Text,
}

impl Source {
    /// The source as messages name it.
    pub fn label(&self) -> String {
        match self {
            Source::File(path) => path.display().to_string(),
            Source::Shipped(name) => format!("shipped scenario {name}"),
            Source::Text => "scenario".to_string(),
        }
    }

    /// The folder that the scenario's relative paths start from.
    fn base(&self) -> PathBuf {
        match self {
            Source::File(path) => {
                let full = std::path::absolute(path).unwrap_or_else(|_| path.clone());
                full.parent().unwrap_or(Path::new(".")).to_path_buf()
            }
            Source::Shipped(_) => PathBuf::from(shipped::PREFIX),
            Source::Text => std::env::current_dir().unwrap_or_default(),
        }
    }
}

/// A scenario that passed all checks.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The scenario, overrides and defaults filled in, paths absolute.
    pub scenario: Scenario,
    /// Where it came from.
    pub source: Source,
    /// What it will need.
    pub estimate: Estimate,
    /// The sweep that the file asks for.
    pub sweep: Option<Sweep>,
}

impl Loaded {
    /// The resolved scenario as TOML; it loads again to an equal scenario.
    pub fn to_toml(&self) -> Result<String, toml::ser::Error> {
        self.scenario.to_toml()
    }
}

/// Loads a shipped scenario by its name, or a file. Overrides are applied in order, `seed` last.
pub fn load(name: &str, overrides: &[Override], seed: Option<u64>) -> Result<Loaded, Problems> {
    let mut overrides = overrides.to_vec();
    overrides.extend(seed.map(Override::seed));
    let (source, text) = read(name)?;
    parse(&text, source, &overrides)
}

/// The text of a shipped scenario by its name, or of a file.
pub fn read(name: &str) -> Result<(Source, String), Problems> {
    let path = Path::new(name);
    // A file that is named like a shipped scenario must be given with a folder or an ending, as in ./quickstart.
    if let Some(Shipped { name, text, .. }) = shipped::find(name) {
        return Ok((Source::Shipped(name), text.to_string()));
    }
    if !path.exists() {
        return Err(missing(name));
    }
    if !path.is_file() {
        let what = "is a folder; give a scenario file, or the `scenario.toml` inside a run folder";
        let what = if path.is_dir() { what } else { "is not a regular file; give a scenario file" };
        return Err(Problems::one(name, what));
    }
    const LARGEST: u64 = 16 << 20;
    if path.metadata().is_ok_and(|m| m.len() > LARGEST) {
        return Err(Problems::one(
            name,
            "is larger than 16 MiB, so it is no scenario file; give a TOML file",
        ));
    }
    let bytes = std::fs::read(path)
        .map_err(|e| Problems::one(name, format!("cannot be read: {e}; check its permissions")))?;
    match String::from_utf8(bytes) {
        Ok(text) => Ok((Source::File(path.to_path_buf()), text)),
        Err(e) => Err(not_text(name, e)),
    }
}

fn missing(name: &str) -> Problems {
    let file_like = name.ends_with(".toml") || name.contains(['/', '\\']);
    let names: Vec<&str> = shipped::SHIPPED.iter().map(|s| s.name).collect();
    let stem = Path::new(name).file_stem().and_then(|s| s.to_str()).unwrap_or(name);
    let hint = nearest(stem, &names).map(|n| format!("; did you mean the shipped scenario `{n}`?"));
    let rest = hint.unwrap_or_else(|| "; `ganscope list` shows the shipped scenarios".to_string());
    let what = if file_like { "no such file" } else { "neither a shipped scenario nor a file" };
    Problems::one(name, format!("{what}{rest}"))
}

fn not_text(name: &str, error: std::string::FromUtf8Error) -> Problems {
    let good = error.utf8_error().valid_up_to();
    let text = String::from_utf8_lossy(&error.as_bytes()[..good]).into_owned();
    let message = "not a text in UTF-8 from here on; give a TOML file, saved as UTF-8".to_string();
    Problems(vec![Problem { source: name.into(), at: Some(line_and_column(&text, good)), message }])
}

/// Parses, overrides, validates, deserialises and checks a text.
pub fn parse(text: &str, source: Source, overrides: &[Override]) -> Result<Loaded, Problems> {
    let label = source.label();
    let refuse = |complaints| place_all(&label, text, complaints);
    let mut tree = parse_tree(text).map_err(|c| refuse(vec![c]))?;
    for over in overrides {
        over.apply(&mut tree).map_err(|c| refuse(vec![c]))?;
    }
    let complaints = [validate(&tree), unfit(&tree)].concat();
    if !complaints.is_empty() {
        return Err(refuse(complaints));
    }
    let mut scenario = Scenario::deserialize(tree.to_toml()).map_err(|e| {
        // The schema and the types say the same; this is for what a schema cannot say.
        let message = e.message().to_string();
        refuse(vec![Complaint { place: tree.place.clone(), message }])
    })?;
    resolve(&mut scenario, &tree, &source.base());
    let locate = |(path, message): (String, String)| {
        let keys: Vec<&str> = keys_of(&path);
        Complaint { place: tree.locate(&keys).clone(), message }
    };
    let mut complaints: Vec<Complaint> = check(&scenario).into_iter().map(locate).collect();
    complaints.extend(formulas(&scenario).into_iter().map(|flaw| within(text, &tree, flaw)));
    if !complaints.is_empty() {
        return Err(refuse(complaints));
    }
    let estimate = estimate(&scenario).map_err(|(path, message)| refuse(vec![locate((path, message))]))?;
    let sweep = scenario.sweep.take().map(|sweep| placed(sweep, &tree));
    Ok(Loaded { scenario, source, estimate, sweep })
}

/// The complaint about a formula, at the very character where the text shows it as it is: a string in plain quotes with
/// nothing escaped. Else at the string.
fn within(text: &str, tree: &Node, FormulaFlaw { path, at, message }: FormulaFlaw) -> Complaint {
    let keys = keys_of(&path);
    let node = keys.iter().try_fold(tree, |node, key| node.child(key));
    let place = tree.locate(&keys).clone();
    let (Some(Item::String(formula)), Place::Text(span)) = (node.map(|node| &node.item), &place) else {
        return Complaint { place, message };
    };
    let plain = |quote: char| text.get(span.clone()) == Some(format!("{quote}{formula}{quote}").as_str());
    if !plain('"') && !plain('\'') {
        return Complaint { place, message };
    }
    let before: usize = formula.chars().take(at).map(char::len_utf8).sum();
    let start = span.start + 1 + before;
    Complaint { place: Place::Text(start..span.end), message }
}

fn parse_tree(text: &str) -> Result<Node, Complaint> {
    let start = Place::Text(0..0);
    if text.trim().is_empty() {
        let message = "the file is empty; `ganscope new FILE` writes a scenario to start from".to_string();
        return Err(Complaint { place: start, message });
    }
    // A first null byte tells a binary file from a text with a slip in it; the parser's message would not.
    if let Some(at) = text.find('\0') {
        let message = "a null byte: this is no text file; give a TOML file".to_string();
        return Err(Complaint { place: Place::Text(at..at), message });
    }
    Node::parse(text).map_err(|(what, span)| {
        let cut = span.start >= text.trim_end().len();
        let more = if cut { "; the file ends too early: is it cut short?" } else { "" };
        let what = what.trim().replace('\n', "; ");
        Complaint { place: Place::Text(span), message: format!("not valid TOML: {what}{more}") }
    })
}

/// Splits a checked path; what follows `expect.`, or a part of a sweep whose keys hold dots themselves, is one key.
fn keys_of(path: &str) -> Vec<&str> {
    let inside = |owner: &&'static str| Some((*owner, path.strip_prefix(owner)?.strip_prefix('.')?));
    match ["expect"].iter().chain(&QUOTED).find_map(inside) {
        Some((owner, key)) => owner.split('.').chain([key]).collect(),
        None => path.split('.').collect(),
    }
}

/// A sweep that knows where the values of its keys stand in the text.
fn placed(mut sweep: Sweep, tree: &Node) -> Sweep {
    let draws = [("random", &sweep.random), ("quasi_random", &sweep.quasi_random)];
    let drawn = draws.into_iter().flat_map(|(name, draws)| {
        draws
            .iter()
            .flat_map(move |d| d.keys.0.iter().map(move |(key, _)| (vec!["sweep", name, "keys"], key)))
    });
    let grid = sweep.grid.0.iter().map(|(key, _)| (vec!["sweep", "grid"], key));
    let places: Vec<(String, Range<usize>)> = grid
        .chain(drawn)
        .filter_map(|(way, key)| match tree.locate(&[&way[..], &[key.as_str()]].concat()) {
            Place::Text(span) => Some((key.clone(), span.clone())),
            Place::Override(_) => None,
        })
        .collect();
    sweep.places.extend(places);
    sweep
}

/// Fills in what depends on other keys or on where the file lies.
fn resolve(scenario: &mut Scenario, tree: &Node, base: &Path) {
    scenario.record.checkpoint_every.get_or_insert(scenario.record.checkpoint_every(scenario.train.steps));
    if scenario.game.on_paper().is_some() {
        scenario.game.fill_start();
        scenario.train.precision = Precision::F64;
        return;
    }
    let kept = tree.child("record").is_some_and(|r| r.child("keep").is_some());
    if !kept {
        scenario.record.keep = scenario.record.keep.min(scenario.record.samples);
    }
    // Spelled out, so that the resolved scenario says all that a run did.
    scenario.dynamics.batches = Some(scenario.dynamics.batches());
    scenario.data.iter_mut().for_each(|data| place_files(data, base));
}

/// Makes the paths of the data absolute. The program carries no files of images: those that a shipped scenario names
/// lie in the user's own folder.
fn place_files(data: &mut Data, base: &Path) {
    let own = std::env::current_dir().unwrap_or_default();
    let base = if data.is_images() && shipped::is_shipped(base) { &own } else { base };
    for file in data.paths_mut() {
        if file.is_relative() && !shipped::is_shipped(file) {
            *file = shipped::join(base, file);
        }
    }
}
