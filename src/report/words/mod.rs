//! What happened in a run, in sentences. Each sentence says no more than its numbers carry.

mod modes;
mod theory;

pub use modes::mode_count;
pub use theory::{Row, rows};

use super::number::{count, duration, number, percent, whole};
use super::series::{Series, steps};
use crate::inspect::forecast::Forecast;
use crate::run::folder::RunData;
use crate::run::info::Status;
use crate::run::record::Table;
use crate::scenario::Game;

/// The sentences that tell what happened in a run: how it ended, modes, quality, distances, what theory predicted of a
/// game on paper, motion, speed. `modes` is the number of modes of the data; the table's own columns decide where it is
/// None.
pub fn story(run: &RunData, modes: Option<usize>, forecast: Option<&Forecast>) -> Vec<String> {
    let known = modes.or_else(|| mode_count(&run.table)).map(|k| k as u64);
    let mut told = vec![status(run), records(run)];
    told.extend(modes::coverage(run, known));
    told.extend(modes::classes(run));
    told.extend(modes::hopping(&run.table));
    told.extend(quality(run));
    told.extend(modes::spread(run, known));
    told.extend(average(run, known));
    told.extend(distances(&run.table));
    told.extend(equilibrium(&run.table));
    told.extend(forecast.into_iter().flat_map(|forecast| theory::sentences(run, forecast)));
    told.extend(gradients(&run.table));
    told.extend(travel(&run.table));
    told.push(speed(run));
    told
}

/// One sentence for a run among others: how it ended, modes, quality.
pub fn summary(run: &RunData) -> String {
    let known = mode_count(&run.table).map(|k| k as u64);
    let mut told = match run.info.status {
        Status::Finished => format!("finished {}", count(run.info.step, "step")),
        Status::Diverged => format!("diverged at step {}", whole(diverged_at(run))),
        Status::Stopped => format!("stopped after step {}", whole(run.info.step)),
        Status::Running => format!("not ended, at step {}", whole(run.info.step)),
    };
    if let Some(covered) = Series::of(&run.table, "modes_covered") {
        let all = known.map_or(String::new(), |k| format!(" of {}", whole(k)));
        let last = covered.last();
        told += &format!("; {}{all} modes covered at step {}", number(last.value), whole(last.step));
        match known.and_then(|k| covered.lasting_from(k as f64)) {
            Some(from) if from.step < last.step => {
                told += &format!(", all of them at every record from step {} on", whole(from.step));
            }
            _ => told += &format!(" (at most {})", number(covered.max().value)),
        }
    }
    if let Some(good) = Series::of(&run.table, "high_quality") {
        let (mean, n) = good.tail_mean(10);
        told += &format!("; high quality {} (mean of the last {})", percent(mean), count(n as u64, "record"));
    }
    if let Some(away) = Series::of(&run.table, "distance_equilibrium") {
        let (first, last) = (away.first(), away.last());
        told += &format!(
            "; {} from the equilibrium at step {}, {} at the start",
            number(last.value),
            whole(last.step),
            number(first.value)
        );
    }
    told + "."
}

fn diverged_at(run: &RunData) -> u64 {
    run.info.divergence.as_ref().map_or(run.info.step.saturating_add(1), |d| d.step)
}

fn status(run: &RunData) -> String {
    let (done, wanted) = (run.info.step, run.scenario.train.steps);
    let reason = run.info.reason.trim().trim_end_matches('.');
    let why = if reason.is_empty() { String::new() } else { format!(" ({reason})") };
    match run.info.status {
        Status::Finished => format!("The run finished: {} were done.", count(done, "step")),
        Status::Stopped => {
            format!(
                "The run was stopped after step {} of {}{why}; it can be resumed.",
                whole(done),
                whole(wanted)
            )
        }
        Status::Running => format!(
            "The run had not ended when this was written: {} of {} were done.",
            whole(done),
            count(wanted, "step")
        ),
        Status::Diverged => match &run.info.divergence {
            Some(d) => format!(
                "The run diverged at step {} of {}, in the {}: {}. Step {} was the last one completed.",
                whole(d.step),
                whole(wanted),
                d.player,
                d.what.trim().trim_end_matches('.'),
                whole(done)
            ),
            None => format!("The run diverged after step {} of {}{why}.", whole(done), whole(wanted)),
        },
    }
}

fn records(run: &RunData) -> String {
    let steps = steps(&run.table);
    let samples = match run.scenario.game {
        Game::Gan(_) => Some(whole(run.scenario.record.samples as u64)),
        _ => None,
    };
    let each = samples.as_ref().map_or(String::new(), |n| format!(", each time on {n} generated samples"));
    let on = samples.as_ref().map_or(String::new(), |n| format!(", on {n} generated samples"));
    match (steps.first(), steps.last()) {
        (Some(first), Some(last)) if steps.len() > 1 => format!(
            "It was measured {} times, from step {} to step {}{each}; nothing is known of the steps between.",
            whole(steps.len() as u64),
            whole(*first),
            whole(*last)
        ),
        (Some(only), _) => {
            format!("It was measured once, at step {}{on}.", whole(*only))
        }
        _ => "It was not measured at any step.".into(),
    }
}

fn quality(run: &RunData) -> Option<String> {
    let good = Series::of(&run.table, "high_quality")?;
    let (last, best) = (good.last(), good.max());
    let mut told = format!(
        "At step {}, {} of the samples were of high quality (within {} standard deviations of a centre)",
        whole(last.step),
        percent(last.value),
        number(run.scenario.record.criteria.sigmas)
    );
    if let (mean, n @ 2..) = good.tail_mean(10) {
        told += &format!("; the last {n} records average {}", percent(mean));
    }
    if best.step != last.step {
        told += &format!("; the best record has {} (step {})", percent(best.value), whole(best.step));
    }
    if let Some(real) = Series::of(&run.table, "real_high_quality") {
        told += &format!(". As many real samples reach {}", percent(real.last().value));
    }
    Some(told + ".")
}

fn average(run: &RunData, known: Option<u64>) -> Option<String> {
    let good = Series::of(&run.table, "average_high_quality");
    let covered = Series::of(&run.table, "average_modes_covered");
    let distance = Series::of(&run.table, "average_sliced_w2");
    let step = good.as_ref().or(covered.as_ref()).or(distance.as_ref())?.last().step;
    let all = known.map_or(String::new(), |k| format!(" of {}", whole(k)));
    let parts: Vec<String> = [
        covered.map(|s| format!("{}{all} modes covered", number(s.last().value))),
        good.map(|s| format!("{} high quality", percent(s.last().value))),
        distance.map(|s| format!("sliced Wasserstein-2 distance {}", number(s.last().value))),
    ]
    .into_iter()
    .flatten()
    .collect();
    Some(format!(
        "The average of the generator over the steps, at step {}: {}.",
        whole(step),
        parts.join(", ")
    ))
}

const DISTANCES: [(&str, &str); 3] =
    [("sliced_w2", "sliced Wasserstein-2"), ("energy_distance", "energy distance"), ("mmd2", "squared MMD")];

fn distances(table: &Table) -> Option<String> {
    let mut parts = Vec::new();
    let mut step = 0;
    for (column, name) in DISTANCES {
        let Some(last) = Series::of(table, column).map(|s| s.last()) else { continue };
        step = step.max(last.step);
        let real = Series::of(table, &format!("real_{column}"))
            .map_or(String::new(), |real| format!(" ({})", number(real.last().value)));
        parts.push(format!("{name} {}{real}", number(last.value)));
    }
    let beside = if DISTANCES.iter().any(|(c, _)| Series::of(table, &format!("real_{c}")).is_some()) {
        ", and in brackets what as many real samples score"
    } else {
        ""
    };
    let closest =
        Series::of(table, "sliced_w2").map(|s| (s.min(), s.last())).filter(|(min, last)| min != last);
    let closest = closest.map_or(String::new(), |(min, _)| {
        format!(
            " The smallest sliced Wasserstein-2 of any record is {}, at step {}.",
            number(min.value),
            whole(min.step)
        )
    });
    (!parts.is_empty()).then(|| {
        format!("Distance from the data at step {}{beside}: {}.{closest}", whole(step), parts.join(", "))
    })
}

/// How a game on paper stands to its equilibrium.
fn equilibrium(table: &Table) -> Option<String> {
    let away = Series::of(table, "distance_equilibrium")?;
    let (last, nearest, farthest) = (away.last(), away.min(), away.max());
    let first = away.first();
    let change = match last.value / first.value {
        _ if first.value == 0.0 => "It started there".to_string(),
        r if r < 1e-3 => format!("From {} at the start it closed in", number(first.value)),
        r if r > 1.01 => format!("From {} at the start it went away", number(first.value)),
        r if r < 0.99 => format!("From {} at the start it came nearer", number(first.value)),
        _ => format!("It ended as far away as it had started, {}", number(first.value)),
    };
    Some(format!(
        "{change}: at step {} it was {} from the equilibrium. The nearest record has {} (step {}), the farthest {} (step \
         {}).",
        whole(last.step),
        number(last.value),
        number(nearest.value),
        whole(nearest.step),
        number(farthest.value),
        whole(farthest.step)
    ))
}

fn gradients(table: &Table) -> Option<String> {
    let d = Series::of(table, "grad_norm_d")?;
    let g = Series::of(table, "grad_norm_g")?;
    let of = |s: &Series| format!("{} (largest {})", number(s.last().value), number(s.max().value));
    Some(format!(
        "At step {}, the gradient norm was {} for the discriminator and {} for the generator.",
        whole(d.last().step.max(g.last().step)),
        of(&d),
        of(&g)
    ))
}

fn travel(table: &Table) -> Option<String> {
    let mut parts = Vec::new();
    if let (Some(d), Some(g)) = (Series::of(table, "distance_d"), Series::of(table, "distance_g")) {
        parts.push(format!(
            "the discriminator's parameters had moved a distance of {}, the generator's {}",
            number(d.last().value),
            number(g.last().value)
        ));
    }
    if let Some(cosine) = Series::of(table, "step_cosine") {
        let mean = cosine.mean();
        let way = match mean {
            m if m > 0.5 => "successive steps mostly went the same way",
            m if m > 0.1 => "successive steps leaned the same way",
            m if m >= -0.1 => "successive steps had on average no common direction",
            _ => "successive steps tended to undo one another",
        };
        parts.push(format!("{way} (mean cosine {mean:.2})"));
    }
    let step = steps(table).last().copied()?;
    (!parts.is_empty()).then(|| format!("By step {}, {}.", whole(step), parts.join("; ")))
}

fn speed(run: &RunData) -> String {
    let info = &run.info;
    let mut told = format!("Training took {}", duration(info.train_s));
    if info.ms_per_step.median > 0.0 {
        told += &format!(
            "; a step took {} ms (median; nine in ten took at most {} ms)",
            number(info.ms_per_step.median),
            number(info.ms_per_step.p90)
        );
    }
    if info.peak_rss_mib > 0.0 {
        told += &format!("; memory peaked at {:.0} MiB", info.peak_rss_mib);
    }
    format!("{told}, on {} of {} ({}).", count(info.threads as u64, "thread"), info.host.cpu, info.device)
}

#[cfg(test)]
mod tests {
    use super::super::sample::{Fate, ring};
    use super::*;

    fn told(fate: Fate) -> String {
        story(&ring(fate), None, None).join("\n")
    }

    #[test]
    fn a_run_that_reaches_all_modes_says_when() {
        let told = told(Fate::Reaches);
        assert!(told.contains("The run finished: 25,000 steps were done."), "{told}");
        assert!(told.contains("It was measured 251 times, from step 0 to step 25,000"), "{told}");
        let sentence =
            "All 8 modes were covered for the first time at step 8,000, and at every record from step 9,100";
        assert!(told.contains(sentence), "{told}");
        assert!(told.contains("As many real samples reach 98.9 %."), "{told}");
        assert!(told.contains("leaned the same way (mean cosine 0.4"), "{told}");
        assert!(told.contains("a step took 3.21 ms"), "{told}");
        assert!(!told.contains("hopped") && !told.contains("moving average"), "{told}");
    }

    #[test]
    fn a_hopping_run_is_said_to_hop() {
        let told = told(Fate::Hops);
        assert!(
            told.contains("The 8 modes were never covered all at once: at most 1, first at step 300"),
            "{told}"
        );
        assert!(told.contains("The generator hopped between modes"), "{told}");
        assert!(told.contains("changed 83 times, among 8 modes"), "{told}");
    }

    #[test]
    fn a_diverged_run_says_where_and_who() {
        let told = told(Fate::Diverges);
        let sentence =
            "The run diverged at step 12,345 of 25,000, in the generator: loss is NaN. Step 12,344 was the";
        assert!(told.contains(sentence), "{told}");
    }

    #[test]
    fn without_modes_there_is_no_word_of_them() {
        let told = told(Fate::NoModes);
        assert!(!told.contains("mode"), "{told}");
        assert!(told.contains("sliced Wasserstein-2"), "{told}");
    }

    #[test]
    fn odd_tables_are_told_without_panic() {
        let mut run = ring(Fate::Reaches);
        for value in [f64::NAN, f64::INFINITY, -1e300, 1e300] {
            run.table.rows.iter_mut().flatten().for_each(|v| *v = value);
            assert!(!story(&run, Some(8), None).is_empty());
            assert!(!summary(&run).is_empty());
        }
        run.table = Table::default();
        assert!(story(&run, None, None).join(" ").contains("It was not measured at any step."));
        assert!(summary(&run).starts_with("finished"));
    }
}
