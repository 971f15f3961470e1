//! What happened in a run, in sentences. Each sentence says no more than its numbers carry.

use super::number::{count, duration, number, percent, whole};
use super::series::{Series, mode_shares, steps};
use crate::run::folder::RunData;
use crate::run::info::Status;
use crate::run::record::Table;

/// The sentences that tell what happened in a run: how it ended, modes, quality, distances, motion, speed.
/// `modes` is the number of modes of the data; the table's own columns decide where it is None.
pub fn story(run: &RunData, modes: Option<usize>) -> Vec<String> {
    let known = modes.or_else(|| mode_count(&run.table)).map(|k| k as u64);
    let mut told = vec![status(run), records(run)];
    told.extend(coverage(run, known));
    told.extend(hopping(&run.table));
    told.extend(quality(run, ""));
    told.extend(spread(run, known));
    told.extend(average(run, known));
    told.extend(distances(&run.table));
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
    told + "."
}

/// The number of modes that the table has columns for.
pub fn mode_count(table: &Table) -> Option<usize> {
    Some(mode_shares(table).len()).filter(|k| *k > 0)
}

fn diverged_at(run: &RunData) -> u64 {
    run.info.divergence.as_ref().map_or(run.info.step + 1, |d| d.step)
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
    let samples = whole(run.scenario.record.samples as u64);
    match (steps.first(), steps.last()) {
        (Some(first), Some(last)) if steps.len() > 1 => format!(
            "It was measured {} times, from step {} to step {}, each time on {samples} generated samples; nothing is \
             known of the steps between.",
            whole(steps.len() as u64),
            whole(*first),
            whole(*last)
        ),
        (Some(only), _) => {
            format!("It was measured once, at step {}, on {samples} generated samples.", whole(*only))
        }
        _ => "It was not measured at any step.".into(),
    }
}

fn coverage(run: &RunData, known: Option<u64>) -> Vec<String> {
    let Some(covered) = Series::of(&run.table, "modes_covered") else { return Vec::new() };
    let criteria = &run.scenario.record.criteria;
    let mut told = vec![match known {
        Some(k) => covered_of(&covered, k),
        None => {
            let (most, last) = (covered.max(), covered.last());
            let most = format!("At most {} were covered at once", count(most.value as u64, "mode"));
            format!("{most}; {} at step {}.", number(last.value), whole(last.step))
        }
    }];
    told.push(format!(
        "A mode counts as covered when at least {} lie within {} standard deviations of its centre.",
        count(criteria.covered as u64, "sample"),
        number(criteria.sigmas)
    ));
    if let Some(any) = Series::of(&run.table, "modes_any").map(|s| s.last())
        && any.value != covered.last().value
    {
        told.push(format!(
            "Counted as VEEGAN and PacGAN do, where one such sample is enough, it was {} at step {}.",
            count(any.value as u64, "mode"),
            whole(any.step)
        ));
    }
    told
}

fn covered_of(covered: &Series, k: u64) -> String {
    let all = if k == 1 { "The one mode was".into() } else { format!("All {} modes were", whole(k)) };
    let (most, last) = (covered.max(), covered.last());
    let (end, ending) = (whole(last.step), number(last.value));
    let first = covered.first_reaching(k as f64);
    let lasting = covered.lasting_from(k as f64);
    match (first, lasting) {
        (Some(first), Some(_)) if first.step == last.step => {
            format!("{all} covered for the first time at the last record, step {end}.")
        }
        (Some(first), Some(from)) if first.step == from.step => {
            format!("{all} covered at every record from step {} to the last, step {end}.", whole(from.step))
        }
        (Some(first), Some(from)) if from.step == last.step => format!(
            "{all} covered for the first time at step {}, not at all records since, and again at the last, step {end}.",
            whole(first.step)
        ),
        (Some(first), Some(from)) => format!(
            "{all} covered for the first time at step {}, and at every record from step {} to the last, step {end}.",
            whole(first.step),
            whole(from.step)
        ),
        (Some(first), None) => format!(
            "{all} covered for the first time at step {}, but not lastingly: at the last record, step {end}, it was \
             {ending}.",
            whole(first.step)
        ),
        (None, _) if most.value <= 0.0 => {
            format!("None of the {} was covered at any record.", count(k, "mode"))
        }
        (None, _) => format!(
            "The {} were never covered all at once: at most {}, first at step {}; at the last record, step {end}, it \
             was {ending}.",
            count(k, "mode"),
            number(most.value),
            whole(most.step)
        ),
    }
}

/// The records at which one mode held more than half of all that was counted: step and mode.
fn dominated(table: &Table) -> Vec<(u64, usize)> {
    let shares = mode_shares(table);
    if shares.len() < 2 {
        return Vec::new();
    }
    let steps = steps(table);
    let leader = |row: usize| {
        let at: Vec<f64> = shares.iter().map(|s| if s[row].is_finite() { s[row] } else { 0.0 }).collect();
        let total: f64 = at.iter().sum();
        at.iter().position(|s| total > 0.0 && *s > 0.5 * total)
    };
    steps.iter().enumerate().filter_map(|(row, step)| Some((*step, leader(row)?))).collect()
}

fn hopping(table: &Table) -> Option<String> {
    let led = dominated(table);
    let (first, last) = (led.first()?, led.last()?);
    let changes = led.windows(2).filter(|pair| pair[0].1 != pair[1].1).count();
    if led.len() < 3 {
        return None;
    }
    let mut leaders: Vec<usize> = led.iter().map(|l| l.1).collect();
    leaders.sort_unstable();
    leaders.dedup();
    let held = format!(
        "at {} of {} records, between steps {} and {}, one mode held more than half of the samples counted to modes",
        whole(led.len() as u64),
        whole(table.rows.len() as u64),
        whole(first.0),
        whole(last.0)
    );
    Some(match changes {
        0 => format!("The generator kept to one mode: {held}, and it was always mode {}.", first.1),
        _ if changes >= 3 && 10 * changes >= led.len() => format!(
            "The generator hopped between modes: {held}, and which one it was changed {} times, among {}.",
            whole(changes as u64),
            count(leaders.len() as u64, "mode")
        ),
        _ => format!(
            "One mode was dominant for a time: {held}; which one it was changed {}.",
            if changes == 1 { "once".into() } else { format!("{} times", whole(changes as u64)) }
        ),
    })
}

fn quality(run: &RunData, prefix: &str) -> Option<String> {
    let good = Series::of(&run.table, &format!("{prefix}high_quality"))?;
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
    told += &format!("; the best record has {} (step {})", percent(best.value), whole(best.step));
    if let Some(real) = Series::of(&run.table, "real_high_quality") {
        told += &format!(". As many real samples reach {}", percent(real.last().value));
    }
    Some(told + ".")
}

fn spread(run: &RunData, known: Option<u64>) -> Option<String> {
    let spread = Series::of(&run.table, "modes_with_spread")?.last();
    let all = known.map_or(String::new(), |k| format!(" of {}", whole(k)));
    let mut told = format!(
        "At step {}, {}{all} modes had spread: a covariance whose trace and smallest eigenvalue reach {} of the \
         truth's",
        whole(spread.step),
        number(spread.value),
        percent(run.scenario.record.criteria.spread)
    );
    let at_end = |name: &str| Some(Series::of(&run.table, name)?.last().value);
    if let (Some(median), Some(worst)) = (at_end("spread_trace_median"), at_end("spread_trace_worst")) {
        told += &format!(
            " (the trace is {} times the truth's in the median mode, {} times in the worst)",
            number(median),
            number(worst)
        );
    }
    Some(told + ".")
}

fn average(run: &RunData, known: Option<u64>) -> Option<String> {
    let good = Series::of(&run.table, "ema_high_quality");
    let covered = Series::of(&run.table, "ema_modes_covered");
    let distance = Series::of(&run.table, "ema_sliced_w2");
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
    Some(format!("The moving average of the generator, at step {}: {}.", whole(step), parts.join(", ")))
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
        story(&ring(fate), None).join("\n")
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
    fn coverage_is_told_as_it_went() {
        let of = |values: &[f64]| {
            let rows = values.iter().enumerate().map(|(i, v)| vec![100.0 * i as f64, *v]).collect();
            let table = Table { names: vec!["step".into(), "modes_covered".into()], rows };
            covered_of(&Series::of(&table, "modes_covered").unwrap(), 8)
        };
        assert!(of(&[0.0, 8.0, 8.0]).contains("at every record from step 100 to the last, step 200"));
        assert!(of(&[0.0, 7.0, 8.0]).contains("for the first time at the last record, step 200"));
        assert!(of(&[0.0, 8.0, 7.0]).contains("but not lastingly: at the last record, step 200, it was 7"));
        assert!(of(&[8.0, 7.0, 8.0]).contains("not at all records since, and again at the last"));
        assert!(of(&[0.0, 0.0]).contains("None of the 8 modes was covered"));
    }

    #[test]
    fn odd_tables_are_told_without_panic() {
        let mut run = ring(Fate::Reaches);
        for value in [f64::NAN, f64::INFINITY, -1e300, 1e300] {
            run.table.rows.iter_mut().flatten().for_each(|v| *v = value);
            assert!(!story(&run, Some(8)).is_empty());
            assert!(!summary(&run).is_empty());
        }
        run.table = Table::default();
        assert!(story(&run, None).join(" ").contains("It was not measured at any step."));
        assert!(summary(&run).starts_with("finished"));
    }
}
