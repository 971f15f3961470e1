//! What a sweep found: figures of each setting over its seeds, and settings compared.

use super::axes::Choice;
use super::folder::{Manifest, SweepFolder};
use super::row::{Row, RowStatus};
use super::statistics::{Middle, Paired, Share, holm, middle, paired};
use crate::run::folder::Folder;
use crate::scenario::{Bound, Expect, Scenario};

/// Measures worth a median where none are named, the foremost first, and whether more of each is better.
const FOREMOST: [(&str, bool); 8] = [
    ("modes_covered", true),
    ("classes_covered", true),
    ("high_quality", true),
    ("feature_frechet", false),
    ("class_kl_nats", false),
    ("distance_equilibrium", false),
    ("sliced_w2", false),
    ("field_norm", false),
];

/// Whether more of a measure is better; None where it is not known.
pub fn higher_is_better(measure: &str) -> Option<bool> {
    FOREMOST.iter().find(|(name, _)| *name == measure).map(|(_, better)| *better)
}

/// How many of them are shown.
const SHOWN: usize = 3;
/// Settings up to which each is compared with each; beyond, each with the first.
const EACH_WITH_EACH: usize = 5;

/// What a sweep found.
#[derive(Clone, Debug)]
pub struct Results {
    /// What the sweep is called.
    pub name: String,
    /// What a run had to do to reach the goal, in words; None without a goal.
    pub goal: Option<String>,
    /// The measures whose medians are shown.
    pub measures: Vec<String>,
    /// The settings, in the order of the design.
    pub settings: Vec<Setting>,
    /// Settings compared.
    pub pairs: Vec<Pair>,
    /// Whether seeds change nothing: every setting's runs came to the same. A test over them would mean nothing.
    pub alike: bool,
}

/// The runs of one setting.
#[derive(Clone, Debug)]
pub struct Setting {
    /// What it is called.
    pub label: String,
    /// Its values.
    pub choices: Vec<Choice>,
    /// Its runs, a row a seed, with their seeds.
    pub rows: Vec<(u64, Row)>,
    /// Folders of the runs that have ended, in the order of the rows.
    pub folders: Vec<Folder>,
    /// Runs that reached the goal, of those that ended.
    pub reached: Option<Share>,
    /// Runs that diverged, of those that ended.
    pub diverged: Share,
    /// The median of each shown measure at the last record of the runs that ended.
    pub medians: Vec<Option<Middle>>,
}

/// What two settings are compared by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum By {
    /// Whether a run reached the goal.
    Goal,
    /// A measure at the last record.
    Measure(String),
}

/// Two settings compared over the seeds that both have.
#[derive(Clone, Debug)]
pub struct Pair {
    /// The settings by their numbers.
    pub of: [usize; 2],
    /// By what.
    pub by: By,
    /// The test.
    pub test: Paired,
    /// Its p value, corrected for the number of comparisons by the same.
    pub corrected: f64,
}

impl Results {
    /// The results of rows.
    pub fn of(manifest: &Manifest, folder: &SweepFolder, rows: &[Row]) -> Self {
        let design = &manifest.design;
        let goals = |scenario: &Scenario| super::plan::goal(&manifest.reached, scenario);
        let goal = manifest.base().ok().and_then(|base| goals(&base)).map(|goal| in_words(&goal));
        let measures = match manifest.measures.is_empty() {
            true => FOREMOST
                .iter()
                .map(|(name, _)| *name)
                .filter(|name| rows.iter().any(|row| !row.value(name).is_nan()))
                .take(SHOWN)
                .map(String::from)
                .collect(),
            false => manifest.measures.clone(),
        };
        let mut settings: Vec<Setting> = (0..design.settings().unwrap_or(0))
            .map(|k| Setting::new(design.label(k), design.choices(k).into_iter().cloned().collect()))
            .collect();
        for row in rows {
            let (setting, seed) = design.run(row.run);
            let Some(setting) = settings.get_mut(setting) else { continue };
            if row.status.ended() {
                setting.folders.push(folder.run(&design.run_name(row.run)));
            }
            setting.rows.push((seed, row.clone()));
        }
        Results::joined(manifest.name.clone(), goal, measures, settings)
    }

    /// Results of settings, whichever sweeps they come from.
    pub fn joined(
        name: String,
        goal: Option<String>,
        measures: Vec<String>,
        mut settings: Vec<Setting>,
    ) -> Self {
        for (k, setting) in settings.iter_mut().enumerate() {
            setting.count(&measures, k);
        }
        let mut pairs = compared(&settings, measures.first());
        let alike = settings.iter().any(|s| s.rows.len() > 1) && settings.iter().all(Setting::is_alike);
        if alike {
            pairs.iter_mut().for_each(|pair| (pair.test.p, pair.corrected) = (f64::NAN, f64::NAN));
        }
        Results { name, goal, measures, settings, pairs, alike }
    }

    /// The settings of several sweeps side by side, each named by its sweep's folder. The error says why they cannot be.
    pub fn side_by_side(sweeps: &[(String, Results)]) -> Result<Self, String> {
        let Some((_, first)) = sweeps.first() else { return Err("there is no sweep to compare".into()) };
        let shared = |name: &&String| sweeps.iter().all(|(_, results)| results.measures.contains(name));
        let measures: Vec<String> = first.measures.iter().filter(shared).cloned().collect();
        let mut goals: Vec<Option<&String>> =
            sweeps.iter().map(|(_, results)| results.goal.as_ref()).collect();
        goals.dedup();
        // Goals that are not the same are no ground to compare by.
        let goal = if goals.len() == 1 { first.goal.clone() } else { None };
        if measures.is_empty() && goal.is_none() {
            return Err("the sweeps share neither a goal nor a measure that they show; name one by --measure when sweeping".into());
        }
        let named = |(folder, results): &(String, Results)| {
            let folder = folder.trim_end_matches('/').rsplit('/').next().unwrap_or(folder).to_string();
            let settings = results.settings.clone().into_iter();
            let goal = goal.is_some();
            settings
                .map(move |mut setting| {
                    setting.label = format!("{folder}: {}", setting.label);
                    if !goal {
                        setting.rows.iter_mut().for_each(|(_, row)| row.reached = None);
                    }
                    setting
                })
                .collect::<Vec<Setting>>()
        };
        let settings = sweeps.iter().flat_map(named).collect();
        Ok(Results::joined("Sweeps compared".into(), goal, measures, settings))
    }

    /// Number of runs.
    pub fn runs(&self) -> usize {
        self.settings.iter().map(|setting| setting.rows.len()).sum()
    }
}

impl Setting {
    /// A setting without runs.
    pub fn new(label: String, choices: Vec<Choice>) -> Self {
        let nothing = Share::new(0, 0);
        Setting {
            label,
            choices,
            rows: Vec::new(),
            folders: Vec::new(),
            reached: None,
            diverged: nothing,
            medians: Vec::new(),
        }
    }

    /// Takes the figures of its rows.
    fn count(&mut self, measures: &[String], number: usize) {
        let ended: Vec<&Row> =
            self.rows.iter().map(|(_, row)| row).filter(|row| row.status.ended()).collect();
        let count = |of: &dyn Fn(&Row) -> bool| ended.iter().filter(|row| of(row)).count();
        let judged = count(&|row| row.reached.is_some());
        self.reached = (judged > 0).then(|| Share::new(count(&|row| row.reached == Some(true)), judged));
        self.diverged = Share::new(count(&|row| row.status == RowStatus::Diverged), ended.len());
        let median = |(k, name): (usize, &String)| {
            let values: Vec<f64> = ended.iter().map(|row| row.value(name)).collect();
            middle(&values, (number * measures.len() + k) as u64)
        };
        self.medians = measures.iter().enumerate().map(median).collect();
    }

    /// Whether all of its runs that ended came to the same.
    fn is_alike(&self) -> bool {
        let bits = |row: &Row| row.values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
        let mut ended = self.rows.iter().map(|(_, row)| row).filter(|row| row.status.ended());
        let Some(first) = ended.next().map(bits) else { return true };
        ended.all(|row| bits(row) == first)
    }

    /// The setting with the runs of some seeds alone.
    pub fn only(&self, seeds: &[u64]) -> Self {
        let mut kept = Setting::new(self.label.clone(), self.choices.clone());
        let ended = self.rows.iter().filter(|(_, row)| row.status.ended());
        let folders = ended.zip(&self.folders).filter(|((seed, _), _)| seeds.contains(seed));
        kept.folders = folders.map(|(_, folder)| folder.clone()).collect();
        kept.rows = self.rows.iter().filter(|(seed, _)| seeds.contains(seed)).cloned().collect();
        kept
    }

    /// The value of a key; None where the setting does not name it.
    pub fn value(&self, key: &str) -> Option<&Choice> {
        self.choices.iter().find(|choice| choice.key == key)
    }

    /// What a run came to by a seed; NaN where it did not end.
    fn outcome(&self, seed: u64, by: &By) -> f64 {
        let row = self.rows.iter().find(|(own, row)| *own == seed && row.status.ended()).map(|(_, row)| row);
        match (row, by) {
            (Some(row), By::Goal) => row.reached.map_or(f64::NAN, |reached| f64::from(u8::from(reached))),
            (Some(row), By::Measure(name)) => row.value(name),
            (None, _) => f64::NAN,
        }
    }
}

/// Settings compared by the goal and by the foremost measure: each with each where they are few, else with the first.
fn compared(settings: &[Setting], measure: Option<&String>) -> Vec<Pair> {
    let count = settings.len();
    let pairs: Vec<[usize; 2]> = match count {
        0..=EACH_WITH_EACH => (0..count).flat_map(|a| (a + 1..count).map(move |b| [a, b])).collect(),
        _ => (1..count).map(|b| [0, b]).collect(),
    };
    let by = [By::Goal].into_iter().chain(measure.cloned().map(By::Measure));
    by.flat_map(|by| {
        let tests = pairs.iter().filter_map(|of| Some((*of, test(settings, *of, &by)?)));
        let tests: Vec<([usize; 2], Paired)> = tests.collect();
        let corrected = holm(&tests.iter().map(|(_, test)| test.p).collect::<Vec<_>>());
        let pair = move |((of, test), corrected)| Pair { of, by: by.clone(), test, corrected };
        tests.into_iter().zip(corrected).map(pair).collect::<Vec<_>>()
    })
    .collect()
}

fn test(settings: &[Setting], [a, b]: [usize; 2], by: &By) -> Option<Paired> {
    let (a, b) = (&settings[a], &settings[b]);
    let seeds: Vec<u64> = a.rows.iter().map(|(seed, _)| *seed).collect();
    let values = |of: &Setting| seeds.iter().map(|seed| of.outcome(*seed, by)).collect::<Vec<f64>>();
    // One seed is no comparison.
    paired(&values(a), &values(b)).filter(|test| test.pairs > 1)
}

/// A goal in words: `final.modes_covered >= 8`.
fn in_words(goal: &Expect) -> String {
    let plain = |bound: &String| bound.parse::<Bound>().map_or_else(|_| bound.clone(), |b| b.to_string());
    goal.bounds
        .iter()
        .map(|(reading, bound)| format!("{reading} {}", plain(bound)))
        .collect::<Vec<_>>()
        .join(" and ")
}
