//! The few facts that a reader wants at a glance.

use super::number::{number, percent, whole};
use super::series::Series;
use super::words::mode_count;
use crate::run::folder::RunData;
use crate::run::info::Status;

/// A fact at a glance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// What it is.
    pub name: &'static str,
    /// How much.
    pub value: String,
    /// What to hold it against.
    pub beside: String,
}

/// How a run ended, modes, quality, distance, speed: those that the run has.
pub fn headline(run: &RunData, modes: Option<usize>) -> Vec<Fact> {
    let known = modes.or_else(|| mode_count(&run.table)).map(|k| k as u64);
    let mut facts = vec![ended(run)];
    facts.extend(covered(run, known));
    facts.extend(classes(run));
    facts.extend(quality(run));
    facts.extend(distance(run));
    facts.extend(equilibrium(run));
    if run.info.ms_per_step.median > 0.0 {
        facts.push(Fact {
            name: "A step takes",
            value: format!("{} ms", number(run.info.ms_per_step.median)),
            beside: format!("median; peak memory {:.0} MiB", run.info.peak_rss_mib),
        });
    }
    facts
}

fn ended(run: &RunData) -> Fact {
    let of = format!("{} of {} steps done", whole(run.info.step), whole(run.scenario.train.steps));
    let (value, beside) = match (run.info.status, &run.info.divergence) {
        (Status::Finished, _) => ("finished", of),
        (Status::Stopped, _) => ("stopped", of),
        (Status::Running, _) => ("not ended", of),
        (Status::Diverged, Some(d)) => {
            ("diverged", format!("at step {}, {}: {}", whole(d.step), d.player, d.what))
        }
        (Status::Diverged, None) => ("diverged", of),
    };
    Fact { name: "The run", value: value.into(), beside }
}

fn covered(run: &RunData, known: Option<u64>) -> Option<Fact> {
    let series = Series::of(&run.table, "modes_covered")?;
    let lasting = known.and_then(|k| series.lasting_from(k as f64));
    let beside = match lasting {
        Some(from) if from.step < series.last().step => {
            format!("at every record from step {} on", whole(from.step))
        }
        _ => format!("at the last record; at most {} at any", number(series.max().value)),
    };
    let of = known.map_or(String::new(), |k| format!(" of {}", whole(k)));
    Some(Fact { name: "Modes covered", value: format!("{}{of}", number(series.last().value)), beside })
}

fn classes(run: &RunData) -> Option<Fact> {
    let covered = Series::of(&run.table, "classes_covered")?;
    let all = run.images.as_ref().map_or(0, |info| info.classes.len() as u64);
    let of = if all > 0 { format!(" of {}", whole(all)) } else { String::new() };
    let kl = Series::of(&run.table, "class_kl_nats")
        .map_or(String::new(), |kl| format!("; KL over classes {} nats", number(kl.last().value)));
    Some(Fact {
        name: "Classes covered",
        value: format!("{}{of}", number(covered.last().value)),
        beside: format!("at the last record; at most {} at any{kl}", number(covered.max().value)),
    })
}

fn quality(run: &RunData) -> Option<Fact> {
    let (mean, n) = Series::of(&run.table, "high_quality")?.tail_mean(10);
    let real = Series::of(&run.table, "real_high_quality")
        .map_or(String::new(), |real| format!("; real samples reach {}", percent(real.last().value)));
    let beside = if n > 1 {
        format!("mean of the last {n} records{real}")
    } else {
        format!("at the only record{real}")
    };
    Some(Fact { name: "High-quality samples", value: percent(mean), beside })
}

fn distance(run: &RunData) -> Option<Fact> {
    let last = Series::of(&run.table, "sliced_w2")?.last();
    let beside = Series::of(&run.table, "real_sliced_w2").map_or_else(
        || format!("at step {}", whole(last.step)),
        |real| format!("sliced Wasserstein-2; real samples score {}", number(real.last().value)),
    );
    Some(Fact { name: "Distance to the data", value: number(last.value), beside })
}

fn equilibrium(run: &RunData) -> Option<Fact> {
    let away = Series::of(&run.table, "distance_equilibrium")?;
    Some(Fact {
        name: "Distance from the equilibrium",
        value: number(away.last().value),
        beside: format!("{} at the start", number(away.first().value)),
    })
}

#[cfg(test)]
mod tests {
    use super::super::sample::{Fate, ring};
    use super::*;

    #[test]
    fn each_fate_shows_in_the_headline() {
        let line = |fate| {
            headline(&ring(fate), None)
                .iter()
                .map(|f| format!("{} {}", f.value, f.beside))
                .collect::<Vec<_>>()
                .join("\n")
        };
        assert!(line(Fate::Reaches).contains("8 of 8 at every record from step 9,100 on"));
        assert!(line(Fate::Hops).contains("1 of 8 at the last record; at most 1 at any"));
        assert!(line(Fate::Diverges).contains("diverged at step 12,345, generator: loss is NaN"));
        assert!(!line(Fate::NoModes).contains(" of 8"));
    }
}
