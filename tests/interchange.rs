//! What other programs read of a run: checkpoints, tables, facts.

mod desk;

use desk::{Desk, TINY};
use parquet::file::reader::{FileReader, SerializedFileReader};
use safetensors::{Dtype, SafeTensors};
use std::collections::BTreeMap;

fn tensors(desk: &Desk, file: &str) -> BTreeMap<String, (Dtype, Vec<usize>)> {
    let bytes = std::fs::read(desk.path(file)).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let of = |(name, view): (String, safetensors::tensor::TensorView)| {
        (name, (view.dtype(), view.shape().to_vec()))
    };
    file.tensors().into_iter().map(of).collect()
}

/// Weights are `[out, in]` and numbered as in a `Sequential` in which every second module is an activation.
#[test]
fn checkpoints_are_named_and_shaped_as_sequentials() {
    let desk = Desk::new();
    let text = TINY.replace("latent = 2, hidden = [8]", "latent = 3, hidden = [5, 7]");
    desk.put("s.toml", text.replace("kind = \"gan\"", "kind = \"gan\"\npack = 2"));
    let set = [
        "--set",
        "train.average.kind=exponential",
        "--set",
        "train.average.decay=0.9",
        "--set",
        "train.precision=f64",
        "--set",
        "record.every=1",
    ];
    desk.train("s.toml", "r", &set);
    let generator = [("0", 5, 3), ("2", 7, 5), ("4", 2, 7)];
    let discriminator = [("0", 8, 4), ("2", 1, 8)];
    let mut wanted: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (net, layers) in [
        ("generator", &generator[..]),
        ("average.generator", &generator),
        ("average.discriminator", &discriminator),
        ("discriminator", &discriminator),
    ] {
        for (k, out, from) in layers {
            wanted.insert(format!("{net}.{k}.weight"), vec![*out, *from]);
            wanted.insert(format!("{net}.{k}.bias"), vec![*out]);
        }
    }
    let d = 8 * 4 + 8 + 8 + 1;
    let g = 5 * 3 + 5 + 7 * 5 + 7 + 2 * 7 + 2;
    for (player, n) in [("discriminator", d), ("generator", g)] {
        for part in ["exp_avg", "exp_avg_sq"] {
            wanted.insert(format!("optimizer.{player}.{part}"), vec![n]);
        }
    }
    let found = tensors(&desk, "r/checkpoints/step-00000060.safetensors");
    assert!(found.values().all(|(dtype, _)| *dtype == Dtype::F64));
    let shapes: BTreeMap<String, Vec<usize>> =
        found.into_iter().map(|(name, (_, shape))| (name, shape)).collect();
    assert_eq!(shapes, wanted);
    assert_eq!(desk.info("r")["parameters"], serde_json::json!([d, g]));
    desk.train("s.toml", "single", &[]);
    let single = tensors(&desk, "single/checkpoints/step-00000060.safetensors");
    assert!(single.values().all(|(dtype, _)| *dtype == Dtype::F32));
}

#[test]
fn both_tables_say_the_same_and_the_facts_end_with_the_last_row() {
    let desk = Desk::new();
    desk.put("s.toml", TINY).train("s.toml", "r", &[]);
    let file = std::fs::File::open(desk.path("r/metrics.parquet")).unwrap();
    let reader = SerializedFileReader::new(file).unwrap();
    let text = desk.text("r/metrics.csv");
    let mut rows = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let names = rows.next().unwrap();
    let rows: Vec<Vec<&str>> = rows.collect();
    let fields = reader.metadata().file_metadata().schema().get_fields();
    assert_eq!(fields.iter().map(|f| f.name()).collect::<Vec<_>>(), names);
    assert_eq!(reader.metadata().file_metadata().num_rows(), 7);
    assert_eq!(rows.len(), 7);
    for (row, ours) in reader.get_row_iter(None).unwrap().zip(&rows) {
        for ((name, field), ours) in row.unwrap().get_column_iter().zip(ours) {
            let theirs = match field {
                parquet::record::Field::Long(step) => Some(*step as f64),
                parquet::record::Field::Double(value) => Some(*value),
                _ => None,
            };
            assert_eq!(theirs, ours.parse::<f64>().ok(), "{name}");
        }
    }
    let info = desk.info("r");
    for (name, ours) in names.iter().zip(&rows[6]) {
        assert_eq!(info["final"][*name].as_f64(), ours.parse::<f64>().ok(), "{name}");
    }
    for fact in ["modes_covered", "high_quality", "sliced_w2", "loss_d"] {
        assert!(info["final"][fact].is_number(), "{fact}");
    }
    assert!(info["ms_per_step"]["median"].as_f64().unwrap() > 0.0);
    let peak = info["peak_rss_mib"].as_f64().unwrap();
    assert!(peak > 1.0 && peak < 150.0, "{peak}");
    assert_eq!((&info["status"], &info["step"]), (&"finished".into(), &60.into()));
    assert!(info["divergence"].is_null());
}
