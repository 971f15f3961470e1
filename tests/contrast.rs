//! The experiment of Nagarajan & Kolter (2017) on a smaller scale: with the gradient-norm regulariser a small GAN reaches
//! all eight modes, without it the very same GAN never holds more than a few. The full experiment takes minutes:
//! `ganscope test ring8-regularized ring8-unregularized`.

use ganscope::run::folder::Folder;
use ganscope::run::info::Status;
use ganscope::run::record::Table;
use ganscope::run::{RunOptions, SeedRun, Silent, judge, train};
use ganscope::scenario::load;
use std::sync::atomic::AtomicBool;

const SEEDS: [u64; 2] = [1, 2];

/// Trains a shipped scenario from one seed and reads its table back from the run folder.
fn trained(name: &str, seed: u64) -> (Status, Table) {
    let folder = tempfile::tempdir().unwrap();
    let options = RunOptions { threads: Some(1), ..RunOptions::new(folder.path().join("run")) };
    let loaded = load(name, &[], Some(seed)).unwrap();
    let outcome = train(&loaded, &options, &mut Silent, &AtomicBool::new(false)).unwrap();
    (outcome.status, Folder::new(&outcome.folder).read_table().unwrap())
}

/// Holds a scenario's own `[expect]` table against these seeds, and returns their tables.
fn held(name: &str) -> Vec<Table> {
    let expect = load(name, &[], None).unwrap().scenario.expect.unwrap();
    let runs = SEEDS.map(|seed| (seed, trained(name, seed)));
    let views: Vec<SeedRun> = runs.iter().map(|(seed, (status, table))| (*seed, *status, table)).collect();
    let verdict = judge(&expect, &views);
    assert!(verdict.passed, "{name}: {:?}", verdict.failures);
    runs.into_iter().map(|(_, (_, table))| table).collect()
}

#[test]
fn the_regulariser_reaches_all_modes_and_its_absence_does_not() {
    let [with, without] = ["ring8-small-regularized", "ring8-small-unregularized"].map(held);
    for (with, without) in with.iter().zip(&without) {
        assert!(with.last("modes_covered") > without.last("modes_covered"));
        assert!(with.last("high_quality") > without.last("high_quality"));
        assert!(with.last("sliced_w2") < without.last("sliced_w2"));
    }
}
