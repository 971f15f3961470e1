//! What the pictures of a sweep show of a setting: the share that reached the goal, and medians.

use crate::sweep::{Results, Setting};

/// A quantity that every setting has a value of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// The share of runs that reached the goal.
    Reached,
    /// The share of runs that diverged.
    Diverged,
    /// The median of the k-th measure.
    Measure(usize),
}

/// A value with its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// The value.
    pub value: f64,
    /// The interval's ends.
    pub ends: [f64; 2],
}

impl Quantity {
    /// The quantities that a sweep has, the foremost first.
    pub fn all(results: &Results) -> Vec<Quantity> {
        let any = |of: &dyn Fn(&Setting) -> bool| results.settings.iter().any(of);
        let goal = any(&|s| s.reached.is_some()).then_some(Quantity::Reached);
        let diverged = any(&|s| s.diverged.count > 0).then_some(Quantity::Diverged);
        let there = |k: &usize| any(&|s| s.medians.get(*k).is_some_and(Option::is_some));
        let measures = (0..results.measures.len()).filter(there).map(Quantity::Measure);
        goal.into_iter().chain(diverged).chain(measures).collect()
    }

    /// What it is called.
    pub fn label(self, results: &Results) -> String {
        match self {
            Quantity::Reached => "share at the goal".into(),
            Quantity::Diverged => "share that diverged".into(),
            Quantity::Measure(k) => format!("{}, median", results.measures[k]),
        }
    }

    /// Its value at a setting.
    pub fn of(self, setting: &Setting) -> Option<Spread> {
        let share =
            |share: crate::sweep::Share| Spread { value: share.value(), ends: [share.low, share.high] };
        match self {
            Quantity::Reached => setting.reached.map(share),
            Quantity::Diverged => (setting.diverged.of > 0).then(|| share(setting.diverged)),
            Quantity::Measure(k) => {
                setting.medians.get(k)?.map(|m| Spread { value: m.median, ends: [m.low, m.high] })
            }
        }
    }

    /// Whether it is a share, which lies between 0 and 1.
    pub fn is_share(self) -> bool {
        !matches!(self, Quantity::Measure(_))
    }
}
