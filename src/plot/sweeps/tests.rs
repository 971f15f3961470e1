//! Pictures of sweeps that are made up.

use super::sweep_pictures;
use crate::plot::Picture;
use crate::plot::render::png;
use crate::sweep::{Choice, CurvePoint, Results, Row, RowStatus, Setting};
use serde_json::Value as Json;

/// A run that ended with these values of two measures.
fn row(covered: f64, distance: f64, status: RowStatus) -> Row {
    let names = vec!["modes_covered".to_string(), "sliced_w2".to_string()].into();
    Row { names, values: vec![covered, distance], reached: Some(covered >= 8.0), ..Row::bare(0, status, "") }
}

/// Settings over keys, with eight seeds each; the first key decides how many modes are covered.
pub fn results(keys: &[(&str, &[Json])]) -> Results {
    let mut points: Vec<Vec<Choice>> = vec![Vec::new()];
    for (key, values) in keys {
        let with = |point: &Vec<Choice>, value: &Json| {
            let choice = Choice { key: key.to_string(), value: value.clone(), place: None };
            point.iter().cloned().chain([choice]).collect::<Vec<Choice>>()
        };
        points = points.iter().flat_map(|p| values.iter().map(move |v| with(p, v))).collect();
    }
    let setting = |choices: Vec<Choice>| {
        let words: Vec<String> =
            choices.iter().map(|c| format!("{} {}", c.key.rsplit('.').next().unwrap(), c.text())).collect();
        let strength = choices.first().and_then(|c| c.value.as_f64()).unwrap_or(0.3);
        let mut setting = Setting::new(words.join(", "), choices);
        setting.rows = (1..=8)
            .map(|seed| {
                let luck = (seed as f64 * 0.618).fract();
                let covered = (8.0 * (0.4 + strength + 0.5 * luck)).floor().min(8.0);
                let status =
                    if strength > 0.9 && seed == 8 { RowStatus::Diverged } else { RowStatus::Finished };
                (seed, row(covered, 0.02 + 2.0 / (1.0 + covered) * luck, status))
            })
            .collect();
        setting
    };
    let measures = vec!["modes_covered".to_string(), "sliced_w2".to_string()];
    let settings = points.into_iter().map(setting).collect();
    Results::joined("made-up".into(), Some("final.modes_covered >= 8".into()), measures, settings)
}

/// Curves that rise towards each setting's median.
pub fn curves(results: &Results) -> Vec<Vec<Vec<CurvePoint>>> {
    let curve = |end: f64| {
        let point = |k: u64| {
            let median = end * (1.0 - (-(k as f64) / 12.0).exp());
            CurvePoint { step: 100 * k, low: 0.8 * median, median, high: 1.1 * median }
        };
        (0..=60).map(point).collect::<Vec<_>>()
    };
    results
        .settings
        .iter()
        .map(|s| s.medians.iter().map(|m| curve(m.map_or(0.0, |m| m.median))).collect())
        .collect()
}

fn names(pictures: &[Picture]) -> Vec<&str> {
    pictures.iter().map(|p| p.name.as_str()).collect()
}

fn numbers(values: &[f64]) -> Vec<Json> {
    values.iter().map(|v| Json::from(*v)).collect()
}

#[test]
fn the_number_of_keys_decides_the_pictures() {
    let (eta, lr, objective) =
        (numbers(&[0.0, 0.5]), numbers(&[1e-4, 1e-3, 1e-2]), ["minimax", "hinge"].map(Json::from));
    let all: [(&str, &[Json]); 3] =
        [("game.regularizer.0.eta", &eta), ("dynamics.optimizer.lr", &lr), ("game.objective", &objective)];
    let drawn = |keys: usize| {
        let results = results(&all[..keys]);
        sweep_pictures(&results, &curves(&results))
    };
    assert_eq!(names(&drawn(0)), ["settings", "curves"]);
    assert_eq!(names(&drawn(1)), ["settings", "curves"]);
    assert_eq!(names(&drawn(2)), ["settings", "map", "curves"]);
    assert_eq!(names(&drawn(3)), ["settings", "parallel", "curves"]);
    for picture in drawn(2).into_iter().chain(drawn(3)) {
        assert!(!picture.alt.contains("incomplete"), "{}", picture.alt);
        assert!(png(&picture.svg, 1.0).is_ok(), "{}", picture.name);
    }
}

#[test]
fn the_numbers_beside_a_picture_are_those_it_shows() {
    let eta = numbers(&[0.0, 0.5, 1.0]);
    let results = results(&[("game.regularizer.0.eta", &eta)]);
    let pictures = sweep_pictures(&results, &curves(&results));
    let csv = String::from_utf8(pictures[0].csv.clone().unwrap()).unwrap();
    assert_eq!(csv.lines().count(), 4);
    for (line, setting) in csv.lines().skip(1).zip(&results.settings) {
        let cells: Vec<&str> = line.split(',').collect();
        let reached = setting.reached.unwrap();
        assert_eq!(cells[0], setting.label);
        assert!((cells[1].parse::<f64>().unwrap() - reached.value()).abs() < 1e-6);
    }
    // Nothing to show is no reason to fail.
    let empty =
        Results::joined("empty".into(), None, vec!["x".into()], vec![Setting::new("a".into(), vec![])]);
    assert_eq!(names(&sweep_pictures(&empty, &[vec![vec![]]])), [""; 0]);
}
